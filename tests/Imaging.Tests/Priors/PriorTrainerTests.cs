using InfAdmm.Engine;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>
/// Training on generated pictures: it improves the result, is saved, and can be interrupted and resumed.
/// </summary>
public sealed class PriorTrainerTests
{
    private static readonly ImageTask Digits = ImageTasks.MnistSuperResolution;
    private static readonly Shape Batch = new(4, 1, 28, 28);
    private static readonly PriorTrainingOptions WithUnknownEdges = new(
        ImageTasks.Deblurring with { Kernel = BlurKernel.Gaussian(3, 1) }, PriorArchitecture.Default, new Shape(1, 3, 64, 64))
    {
        Unroll = 2,
        UnknownEdges = true,
    };

    [Fact]
    public void An_interrupted_run_ends_with_the_bits_of_one_that_was_not() => Fixture.OnDevice(device =>
    {
        const int Steps = 7;
        PriorTrainingOptions options = new(Digits, PriorArchitecture.Default, Batch)
        {
            Unroll = 2,
            PretrainSteps = 2,
            Seed = 3,
        };
        string path = Path.Combine(Path.GetTempPath(), $"checkpoint-{Guid.NewGuid():N}.safetensors");
        try
        {
            PriorWeights whole = Train(device, options, Steps);
            using (var interrupted = new CancellationTokenSource())
            using (var trainer = new PriorTrainer(device, options, Interrupting(interrupted, batch: 4)))
            {
                Assert.Throws<OperationCanceledException>(() => trainer.Train(
                    new TrainingBudget(Steps), checkpoint: path, cancellation: interrupted.Token));
                Assert.Equal(5, trainer.StepCount);
            }

            PriorWeights resumed = Train(device, options, Steps, path);

            Assert.Equal(Steps, resumed.Steps);
            foreach ((string name, WeightArray array) in whole.Weights.Arrays)
            {
                Assert.True(array.Values.AsSpan().SequenceEqual(resumed.Weights.Arrays[name].Values), name);
            }

            string message = Assert.Throws<InputException>(
                () => Train(device, options with { Seed = 4 }, Steps, path)).Message;
            Assert.Contains("other options", message);
        }
        finally
        {
            File.Delete(path);
        }
    });

    [Fact]
    public void What_is_no_checkpoint_is_refused() => Fixture.OnDevice(device =>
    {
        PriorTrainingOptions options = new(Digits, PriorArchitecture.Default, Batch) { Unroll = 1 };
        string path = Path.Combine(Path.GetTempPath(), $"checkpoint-{Guid.NewGuid():N}.safetensors");
        try
        {
            Train(device, options, steps: 1).Save(path);
            AssertRefused("no checkpoint");

            using (var trainer = new PriorTrainer(device, options, Fill))
            {
                trainer.Train(
                    new TrainingBudget(Steps: 2), checkpoint: path,
                    cancellation: TestContext.Current.CancellationToken);
            }

            WeightSet good = SafeTensorsFile.Load(path);
            Save(good.With("adam.second_moment", new WeightArray([1], [float.NaN])));
            AssertRefused("'adam.second_moment'");
            Save(good.Without("adam.first_moment"));
            AssertRefused("'adam.first_moment'");
            Save(good with { Metadata = new Dictionary<string, string>(good.Metadata) { ["seconds"] = "-1" } });
            AssertRefused("'seconds'");
        }
        finally
        {
            File.Delete(path);
        }

        void Save(WeightSet state) => SafeTensorsFile.Save(path, state);

        void AssertRefused(string mention)
        {
            string message = Assert.Throws<InputException>(() => Train(device, options, 2, path)).Message;
            Assert.Contains(mention, message);
            Assert.StartsWith(path, message);
        }
    });

    [Fact]
    public void A_trained_loop_beats_its_start_and_stays_good_for_ten_times_the_trained_steps() =>
        Fixture.OnDevice(device =>
        {
            PriorTrainingOptions options = new(Digits, PriorArchitecture.Default, Batch)
            {
                Unroll = 3,
                LearningRate = 2e-3f,
                WarmUpSteps = 20,
            };
            float[] held = new float[Batch.Count];
            Fill(batch: 1_000_000, held);
            using var trainer = new PriorTrainer(device, options, Fill, (held, Batch));
            PriorProgress? last = null;
            PriorWeights weights = trainer.Train(new TrainingBudget(Steps: 200), progress => last = progress);

            PriorValidation validation = last!.Validation!;
            Assert.True(validation.Psnr > validation.Start + 1, $"{validation.Start} dB became {validation.Psnr}");
            double[] psnr = RunLoop(device, weights, held, 10 * options.Unroll);
            Assert.Equal(validation.Psnr, psnr[options.Unroll - 1], 0.05);
            Assert.True(psnr[^1] > psnr.Max() - 0.5, $"{psnr.Max()} dB at best, {psnr[^1]} at the end");
        });

    /// <summary>
    /// Catches a loss that counts the margin, a measurement there that reaches the network or the z-update, and rows taken
    /// for columns: what the images contain there must not matter.
    /// </summary>
    [Fact]
    public void What_lies_in_an_unknown_margin_has_no_effect() => Fixture.OnDevice(device =>
    {
        // The margin is 16 pixels at each end; the blur reaches one pixel across its border.
        const int Deep = 12;
        PriorTrainingOptions options = WithUnknownEdges;
        PriorWeights one = Train(0);
        PriorWeights other = Train(0.5f);
        PriorWeights everywhere = TrainWith(options with { UnknownEdges = false }, 0.5f);

        Assert.Equal(Values(one), Values(other));
        Assert.NotEqual(Values(one), Values(everywhere));

        PriorWeights Train(float margin) => TrainWith(options, margin);

        PriorWeights TrainWith(PriorTrainingOptions used, float margin)
        {
            using var trainer = new PriorTrainer(device, used, FillWithMargin);
            return trainer.Train(
                new TrainingBudget(Steps: 4), cancellation: TestContext.Current.CancellationToken);

            void FillWithMargin(long batch, Span<float> images)
            {
                Shape shape = used.Batch;
                float[] noise = Fixture.Normal(images.Length, (int)batch);
                for (int i = 0; i < images.Length; i++)
                {
                    int place = (batch % 3) switch
                    {
                        0 => shape.H / 2,
                        1 => i / shape.W % shape.H,
                        _ => i % shape.W,
                    };
                    bool isDeep = place < Deep || place >= shape.H - Deep;
                    images[i] = isDeep ? margin : 0.5f + 0.1f * noise[i];
                }
            }
        }

        static float[] Values(PriorWeights weights) =>
            [.. weights.Weights.Arrays.OrderBy(array => array.Key, StringComparer.Ordinal).SelectMany(array => array.Value.Values)];
    });

    /// <summary>Catches a z-update of the training that is not the one of the use.</summary>
    [Fact]
    public void The_trained_loop_with_missing_measurements_is_the_one_that_runs() => Fixture.OnDevice(device =>
    {
        PriorTrainingOptions options = WithUnknownEdges;
        Shape shape = options.Batch;
        using var network = new PriorNetwork(device, options.Task, shape.C, options.Architecture, steps: 1);
        network.Initialize(seed: 2);
        Mask mask = Mask.Random(device, shape, 0.8, seed: 3);
        using var known = new TaskOperator(device, options.Task, shape, mask);
        using var unrolled = new UnrolledLoop(device, options.Task, shape, network, known: mask);
        using Tensor y = device.Allocate(shape, Fixture.Normal((int)shape.Count, 4));
        using Tensor z = device.Allocate(shape, Fixture.Normal((int)shape.Count, 5));
        var weights = PriorWeights.FromNetwork(options, network, steps: 1, trainingSeconds: 0);
        using var loop = new PriorLoop(known, y, weights, ZSolverChoice.Named("cg"));
        loop.Start(z);
        loop.Step();

        using var graph = new Graph(device);
        (_, Variable trained, _) = unrolled.Step(graph, graph.Constant(y), graph.Constant(z), null, 0);

        // The unrolled loop stops at a looser tolerance.
        Assert.InRange(Fixture.RelativeError(trained.Data, Array.ConvertAll(loop.Z.ToArray(), value => (double)value)), 0, 3e-2);
    });

    /// <summary>Catches unknown edges where there are none, or crops without room for them.</summary>
    [Fact]
    public void Unknown_edges_that_cannot_be_trained_are_refused()
    {
        AssertRefused("--crop", WithUnknownEdges with { Batch = new Shape(1, 3, 48, 64) }, "crop");
        AssertRefused("deblur", WithUnknownEdges with { Unroll = 0 }, "unknown-edges");
        AssertRefused("deblur", new PriorTrainingOptions(Digits, PriorArchitecture.Default, Batch) { UnknownEdges = true }, "unknown-edges");

        static void AssertRefused(string mention, PriorTrainingOptions options, string parameter)
        {
            InputException refusal = Assert.Throws<InputException>(options.Check);
            Assert.Equal(parameter, refusal.Parameter);
            Assert.Contains(mention == "--crop" ? "too small" : mention, refusal.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// Catches a network that is still trained to be followed by a z-update, and one that is used in ADMM although it was
    /// not trained for that.
    /// </summary>
    [Fact]
    public void A_network_that_is_trained_alone_is_the_better_one_alone() => Fixture.OnDevice(device =>
    {
        PriorTrainingOptions options = new(Digits, PriorArchitecture.Default, Batch)
        {
            Unroll = 1,
            LearningRate = 2e-3f,
            WarmUpSteps = 20,
        };
        PriorWeights inLoop = Train(device, options, steps: 150);
        PriorWeights alone = Train(device, options with { Alone = true }, steps: 150);

        Assert.True(Once(alone) > Once(inLoop) + 0.2, $"alone {Once(alone)} dB, in the loop {Once(inLoop)}");
        Assert.Null(inLoop.WhyNotInLoop);
        Assert.NotNull(alone.WhyNotInLoop);
        Assert.Equal(alone.WhyNotInLoop, Restorer.WhyNot(alone, Digits));
        InputException refused = Assert.Throws<InputException>((options with { Alone = true, Unroll = 2 }).Check);
        Assert.Equal("unroll", refused.Parameter);

        double Once(PriorWeights weights)
        {
            float[] truth = new float[Batch.Count];
            Fill(batch: 1_000_000, truth);
            using var a = new TaskOperator(device, Digits, Batch);
            using Tensor x = device.Allocate(Batch, truth);
            using Tensor y = device.Allocate(a.MeasurementShape);
            a.Measure(x, seed: 7, stream: 0, y);
            using PreparedMethod network = new NetworkMethod(weights).Create(a, y, new Dictionary<string, double>());
            network.Restore(x, null);
            return ImageMetrics.Psnr(x.ToArray(), truth);
        }
    });

    [Theory]
    [InlineData(PriorArchitecture.Default)]
    [InlineData(PriorArchitecture.Paper)]
    [InlineData(PriorArchitecture.Denoiser)]
    public void A_denoiser_learns(PriorArchitecture architecture) => Fixture.OnDevice(device =>
    {
        PriorTrainingOptions options = new(Digits, architecture, Batch)
        {
            Unroll = 0,
            Loss = PriorLoss.L2,
            WarmUpSteps = 10,
            LearningRate = 3e-3f,
        };
        // The noise level changes from step to step, and the loss with it: only the same steps without learning compare.
        double untrained = FinalLoss(options with { LearningRate = 1e-12f });
        double trained = FinalLoss(options);

        Assert.True(trained < 0.92 * untrained, $"{trained}, without learning {untrained}");

        double FinalLoss(PriorTrainingOptions chosen)
        {
            using var trainer = new PriorTrainer(device, chosen, Fill);
            double last = double.NaN;
            trainer.Train(new TrainingBudget(Steps: 200), progress => last = progress.Loss);
            return last;
        }
    });

    /// <summary>Catches processes that train different things together, and gradients whose order cannot be fixed.</summary>
    [Fact]
    public void What_cannot_be_trained_together_is_refused()
    {
        PriorTrainingOptions options = new(Digits, PriorArchitecture.Default, Batch) { Unroll = 1 };
        AssertRefused("other options", group => options with { Seed = (ulong)group.Rank });
        AssertRefused("3 processes", _ => options, processes: 3);
        AssertRefused(
            "statistics of the batch",
            _ => PriorTrainingOptions.Create(ImageTasks.SuperResolution, PriorArchitecture.Paper, batch: 2, crop: 32) with
            {
                FixedOrder = true,
            },
            processes: 1);
        AssertRefused(
            "no fixed order", _ => options with { FixedOrder = true, Sharp = new SharpOptions { FeatureWeight = 0 } }, processes: 1);
        AssertRefused("unknown edges", _ => WithUnknownEdges with { Batch = new Shape(2, 3, 64, 64) });

        static void AssertRefused(string mention, Func<ProcessGroup, PriorTrainingOptions> create, int processes = 2)
        {
            AggregateException failures = Assert.Throws<AggregateException>(() => ThreadGroup.Run(processes, group =>
            {
                using var device = Kernels.Cpu.CpuDevice.Create(threads: 1);
                using var trainer = new PriorTrainer(device, create(group), Fill, group: group);
                return trainer.Train(new TrainingBudget(Steps: 1));
            }));
            Assert.Equal(processes, failures.InnerExceptions.Count);
            Assert.All(failures.InnerExceptions, failure => Assert.Contains(mention, Assert.IsType<InputException>(failure).Message));
        }
    }

    private static PriorWeights Train(
        Device device, PriorTrainingOptions options, int steps, string? resumeFrom = null)
    {
        using var trainer = new PriorTrainer(device, options, Fill);
        var budget = new TrainingBudget(Steps: steps);
        if (resumeFrom is not null)
        {
            trainer.Resume(resumeFrom, budget);
        }

        return trainer.Train(budget, checkpoint: resumeFrom);
    }

    private static TrainingImages Interrupting(CancellationTokenSource source, long batch) => (index, images) =>
    {
        Fill(index, images);
        if (index == batch)
        {
            source.Cancel();
        }
    };

    /// <summary>
    /// Discs and bars at random positions and sizes, with sharp edges that bicubic interpolation blurs.
    /// </summary>
    private static void Fill(long batch, Span<float> images)
    {
        var random = new Random((int)batch);
        int size = Batch.H;
        for (int n = 0; n < Batch.N; n++)
        {
            double row = size * (0.3 + 0.4 * random.NextDouble());
            double column = size * (0.3 + 0.4 * random.NextDouble());
            double radius = size * (0.15 + 0.15 * random.NextDouble());
            for (int i = 0; i < size * size; i++)
            {
                double distance = Math.Sqrt(Math.Pow(i / size - row, 2) + Math.Pow(i % size - column, 2));
                images[n * size * size + i] = distance < radius ? 1 : 0;
            }
        }
    }

    private static double[] RunLoop(Device device, PriorWeights weights, float[] images, int iterations)
    {
        using var linear = new TaskOperator(device, weights.Task, Batch);
        using var scope = new TensorScope(device);
        Tensor y = scope.Allocate(linear.MeasurementShape);
        Tensor start = scope.Allocate(Batch);
        linear.Measure(scope.Add(device.Allocate(Batch, images)), seed: 0, stream: 0, y);
        using IStartEstimate estimate = weights.Task.Start.Create(linear, y);
        estimate.Apply(start);
        using var loop = new PriorLoop(linear, y, weights);
        loop.Start(start);
        double[] psnr = new double[iterations];
        int size = images.Length / Batch.N;
        for (int k = 0; k < iterations; k++)
        {
            loop.Step();
            float[] z = loop.Z.ToArray();
            psnr[k] = Enumerable.Range(0, Batch.N).Average(n => Metrics.ImageMetrics.Psnr(
                z.AsSpan(n * size, size), images.AsSpan(n * size, size)));
        }

        return psnr;
    }
}
