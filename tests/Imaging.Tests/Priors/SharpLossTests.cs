using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Features;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Training with a discriminator.</summary>
public sealed class SharpLossTests
{
    private const int Side = 16;

    private static readonly (int At, double Value)[] Sharpened =
    [
        (0, 0.5801376), (15, -0.0674430), (17, 0.0231465), (136, 0.5218248), (255, 0.9236868), (1000, -0.0154109), (1535, 1.0190375),
    ];

    /// <summary>
    /// Catches a checkpoint without the discriminator, its moments or its running statistics, and a step that depends on
    /// something else: the weights after an interruption are those of a run without one, bit by bit.
    /// </summary>
    [Fact]
    public void An_interrupted_run_ends_as_a_whole_one() => Fixture.OnDevice(device =>
    {
        using var directory = new TemporaryDirectory();
        string checkpoint = directory.File("checkpoint.safetensors");
        PriorTrainingOptions options = Options(adversarial: 0.01);
        var budget = new TrainingBudget(Steps: 6);

        using var whole = new PriorTrainer(device, options, Images);
        PriorWeights expected = whole.Train(budget);

        using (var first = new PriorTrainer(device, options, Images))
        {
            using var source = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => first.Train(
                budget, progress => { if (progress.Step >= 4) { source.Cancel(); } }, checkpoint, cancellation: source.Token));
            Assert.InRange(first.StepCount, 1, 5);
        }

        using var second = new PriorTrainer(device, options, Images);
        second.Resume(checkpoint, budget);
        PriorWeights resumed = second.Train(budget);
        foreach ((string name, var array) in expected.Weights.Arrays)
        {
            Assert.Equal(array.Values, resumed.Weights.Arrays[name].Values);
        }
    });

    /// <summary>Catches a discriminator that has no effect on the prior, or is not part of the options of a checkpoint.</summary>
    [Fact]
    public void The_discriminator_changes_the_prior_and_belongs_to_the_run() => Fixture.OnDevice(device =>
    {
        using var directory = new TemporaryDirectory();
        string checkpoint = directory.File("checkpoint.safetensors");
        float[] plain = FirstWeights(device, Options(adversarial: 0), checkpoint);
        Assert.NotEqual(plain, FirstWeights(device, Options(adversarial: 0.1), null));
        using var other = new PriorTrainer(device, Options(adversarial: 0.1), Images);
        Assert.Throws<InputException>(() => other.Resume(checkpoint, new TrainingBudget(Steps: 2)));
    });

    /// <summary>Catches weights and networks that make no sense.</summary>
    [Fact]
    public void What_cannot_be_trained_is_refused()
    {
        var usual = new SharpOptions { FeatureWeight = 0, AdversarialWeight = 1 };
        var batch = new Shape(2, 3, Side, Side);
        usual.Check(batch with { C = 1 });
        Assert.Throws<InputException>(() => (usual with { PixelWeight = 0 }).Check(batch));
        Assert.Throws<InputException>(() => (usual with { AdversarialWeight = double.NaN }).Check(batch));
        Assert.Contains("network", Assert.Throws<InputException>(() => (usual with { FeatureWeight = 1 }).Check(batch)).Message);
        Assert.Throws<InputException>(() => (Options(0.1) with { Unroll = 0 }).Check());
    }

    /// <summary>
    /// Catches a term with a wrong sign, weight or target, a discriminator that learns from other images than it judges, an
    /// optimizer step after the terms instead of before, and gradients that leave out a part: PyTorch evaluated the same
    /// alternation in double precision (tests/Fixtures/README.md).
    /// </summary>
    [Fact]
    public void One_alternation_is_that_of_PyTorch() => Fixture.OnDevice(device =>
    {
        const int Large = 64;
        Dictionary<string, double[]> expected = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "alternation.csv"))
            .Select(line => line.Split(','))
            .ToDictionary(
                words => words[0],
                words => words[1..].Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray());
        using var comparator = FeatureNetworks.AlexNet(device, WavyWeights.Of("alexnet"), "alexnet");
        PriorTrainingOptions options = PriorTrainingOptions.Create(ImageTasks.SuperResolution, batch: 2, crop: Large) with
        {
            Sharp = new SharpOptions
            {
                FeatureWeight = 0.5,
                AdversarialWeight = 0.25,
                Comparator = comparator,
                FeatureLayers = [1, 2, 3],
            },
        };
        using var loss = new SharpLoss(device, options, options.Batch, ProcessGroup.Alone);
        TakeWavyWeights(loss);
        using var scope = new TensorScope(device);
        using var graph = new Graph(device);
        Variable restored = graph.Input(Picture(0.37, 0.1));
        Variable truth = graph.Constant(Picture(0.41, 0));

        Variable terms = loss.Of(graph, restored, truth, step: 0)!;
        graph.Backward(terms);

        AssertClose(expected["discriminator"][0], loss.DiscriminatorLoss);
        AssertClose(expected["terms"][0], terms.Data.ToScalar());
        float[] gradient = restored.Gradient!.ToArray();
        AssertClose(expected["gradient"][0], Norm(gradient));
        double scale = gradient.Max(Math.Abs);
        for (int i = 1; i < expected["gradient"].Length; i++)
        {
            Assert.Equal(expected["gradient"][i], gradient[777 + 4001 * (i - 1)], 1e-3 * scale);
        }

        // The first moment of Adam is half of the gradient.
        WeightSet after = loss.AddTo(Nothing);
        float[] moments = after.Arrays["discriminator.adam.first_moment"].Values;
        int start = 0;
        foreach ((string name, double[] values) in expected.Where(entry => entry.Key.Contains('.')))
        {
            Span<float> moment = moments.AsSpan(start, after.Arrays[$"discriminator.{name}"].Values.Length);
            double largest = moment.ToArray().Max(Math.Abs);
            AssertClose(values[0], Norm(moment));
            Assert.Equal(values[1], moment[moment.Length / 3], 1e-3 * largest);
            Assert.Equal(values[2], moment[^1], 1e-3 * largest);
            start += moment.Length;
        }

        Assert.Equal(moments.Length, start);

        Tensor Picture(double rate, double phase) => scope.Add(device.Allocate(
            options.Batch,
            [.. Enumerable.Range(0, (int)options.Batch.Count).Select(i => (float)(0.5 + 0.4 * Math.Sin(rate * i + phase)))]));

        static void AssertClose(double one, double other) => Assert.Equal(one, other, 2e-4 * Math.Abs(one));

        static double Norm(ReadOnlySpan<float> values)
        {
            double sum = 0;
            foreach (float value in values)
            {
                sum += (double)value * value;
            }

            return Math.Sqrt(sum);
        }
    });

    /// <summary>
    /// Catches images that are judged at the same place in every step, and an image that is shifted otherwise than its truth.
    /// </summary>
    [Fact]
    public void Each_step_judges_another_shift() => Fixture.OnDevice(device =>
    {
        using var comparator = FeatureNetworks.AlexNet(device, WavyWeights.Of("alexnet"), "alexnet");
        PriorTrainingOptions options = PriorTrainingOptions.Create(ImageTasks.SuperResolution, batch: 1, crop: 32) with
        {
            Sharp = new SharpOptions { FeatureWeight = 1, Comparator = comparator, FeatureLayers = [1, 2] },
        };
        using var loss = new SharpLoss(device, options, options.Batch, ProcessGroup.Alone);
        Shape shape = options.Batch;
        float[] image = Fixture.Normal((int)shape.Count, seed: 1);
        float[] truth = Fixture.Normal((int)shape.Count, seed: 2);
        var values = new HashSet<float>();
        for (int step = 0; step < 16; step++)
        {
            float value = Value(image, truth, step);
            int place = 7 * step % 16;
            Assert.Equal(Value(Moved(image, place / 4, place % 4), Moved(truth, place / 4, place % 4), 0), value, 1e-6f);
            values.Add(value);
        }

        Assert.Equal(16, values.Count);
        Assert.Equal(Value(image, truth, 3), Value(image, truth, 19));

        float Value(float[] one, float[] other, int step)
        {
            using Tensor x = device.Allocate(shape, one);
            using Tensor y = device.Allocate(shape, other);
            using var graph = new Graph(device);
            return loss.Of(graph, graph.Constant(x), graph.Constant(y), step)!.Data.ToScalar();
        }

        float[] Moved(float[] from, int down, int right)
        {
            float[] to = new float[from.Length];
            for (int i = 0; i < from.Length; i++)
            {
                (int plane, int row, int column) = (i / shape.PlaneSize, i % shape.PlaneSize / shape.W, i % shape.W);
                to[(plane * shape.H + (row + down) % shape.H) * shape.W + (column + right) % shape.W] = from[i];
            }

            return to;
        }
    });

    /// <summary>Catches a run that is continued with another comparator of the same kind.</summary>
    [Fact]
    public void Options_name_the_weights_of_the_comparator() => Fixture.OnDevice(device =>
    {
        using var first = FeatureNetworks.AlexNet(device, WavyWeights.Of("alexnet"), "alexnet");
        using var same = FeatureNetworks.AlexNet(device, WavyWeights.Of("alexnet"), "alexnet");
        WeightSet changed = WavyWeights.Of("alexnet");
        changed.Arrays.Values.First().Values[5] += 0.01f;
        using var other = FeatureNetworks.AlexNet(device, changed, "alexnet");

        Assert.Equal(Describe(first), Describe(same));
        Assert.NotEqual(Describe(first), Describe(other));

        static string Describe(FeatureNetwork comparator) =>
            new SharpOptions { FeatureWeight = 1, Comparator = comparator, FeatureLayers = [1, 2] }.ToString();
    });

    /// <summary>Catches a training that goes on for ever with a discriminator that has won.</summary>
    [Fact]
    public void A_collapse_ends_the_training() => Fixture.OnDevice(device =>
    {
        const int MostSteps = 2_000;
        var options = Options(adversarial: 1) with { Batch = new Shape(2, 3, 2 * Side, 2 * Side) };
        using var loss = new SharpLoss(
            device, options with { Sharp = options.Sharp! with { DiscriminatorRate = 2e-3f } }, options.Batch, ProcessGroup.Alone);
        using var scope = new TensorScope(device);
        Tensor grey = scope.Add(device.AllocateZeros(options.Batch));
        Tensor noise = scope.Add(device.Allocate(options.Batch, Fixture.Normal((int)options.Batch.Count, seed: 1)));
        int steps = 0;

        var failure = Assert.Throws<InputException>(() =>
        {
            for (; steps < MostSteps; steps++)
            {
                using var graph = new Graph(device);
                loss.Of(graph, graph.Constant(grey), graph.Constant(noise), steps);
            }
        });

        Assert.Contains("training collapsed", failure.Message);
        Assert.InRange(steps, 500, MostSteps);
    });

    private static readonly WeightSet Nothing = new(new Dictionary<string, WeightArray>(), new Dictionary<string, string>());

    /// <summary>Replaces the weights of the discriminator by those of formulas.</summary>
    private static void TakeWavyWeights(SharpLoss loss)
    {
        WeightSet weights = loss.AddTo(Nothing);
        foreach ((string name, WeightArray array) in weights.Arrays)
        {
            bool isNorm = name.Contains(".norm");
            WeightArray? wavy = (name.Split('.')[^1], isNorm) switch
            {
                ("weight", false) => WavyWeights.Kernels([.. array.Shape]),
                ("weight", true) => WavyWeights.Scales(array.Values.Length),
                ("bias", _) => WavyWeights.Biases(array.Values.Length),
                _ => null,
            };
            weights = wavy is null ? weights : weights.With(name, wavy with { Shape = array.Shape });
        }

        Assert.Empty(loss.TakeFrom(weights, steps: 0, "formulas").Arrays);
    }

    /// <summary>Catches a sharpening with another Gaussian, sign or edge: values from SciPy's correlate with mode 'mirror'.</summary>
    [Fact]
    public void Images_to_learn_from_are_sharpened() => Fixture.OnDevice(device =>
    {
        PriorTrainingOptions options = Options(adversarial: 0) with { Sharp = new SharpOptions { FeatureWeight = 0, Sharpening = 0.5 } };
        using var loss = new SharpLoss(device, options, options.Batch, ProcessGroup.Alone);
        float[] values = new float[options.Batch.Count];
        Images(0, values);
        using Tensor images = device.Allocate(options.Batch, values);
        loss.Sharpen(images);
        float[] sharp = images.ToArray();
        foreach ((int at, double expected) in Sharpened)
        {
            Assert.Equal(expected, sharp[at], 1e-5);
        }
    });

    /// <summary>
    /// Catches measurements of the sharpened images: the network would learn to undo a blur that no picture has. If they were,
    /// both runs would begin with the same loss.
    /// </summary>
    [Fact]
    public void The_measurement_is_that_of_the_images_as_they_are() => Fixture.OnDevice(device =>
    {
        PriorTrainingOptions plain = Options(adversarial: 0);
        PriorTrainingOptions sharpening = plain with { Sharp = plain.Sharp! with { Sharpening = 2 } };
        using var loss = new SharpLoss(device, sharpening, sharpening.Batch, ProcessGroup.Alone);
        var budget = new TrainingBudget(Steps: 1);
        Assert.True(FirstLoss(sharpening, Waves) > 1.1 * FirstLoss(plain, SharpWaves));
        Assert.NotEqual(plain.Describe(budget), sharpening.Describe(budget));

        double FirstLoss(PriorTrainingOptions options, TrainingImages images)
        {
            double first = double.NaN;
            using var trainer = new PriorTrainer(device, options, images);
            trainer.Train(budget, progress => first = progress.Loss);
            return first;
        }

        // Wide enough for the measurement to show them.
        void Waves(long batch, Span<float> images)
        {
            for (int i = 0; i < images.Length; i++)
            {
                images[i] = 0.5f + 0.4f * MathF.Sin(2 * MathF.PI / Side * i);
            }
        }

        void SharpWaves(long batch, Span<float> images)
        {
            Waves(batch, images);
            using Tensor tensor = device.Allocate(plain.Batch, images);
            loss.Sharpen(tensor);
            tensor.ToArray().CopyTo(images);
        }
    });

    private static float[] FirstWeights(Device device, PriorTrainingOptions options, string? checkpoint)
    {
        using var trainer = new PriorTrainer(device, options, Images);
        return trainer.Train(new TrainingBudget(Steps: 2), checkpoint: checkpoint)
            .Weights.Arrays["network.tail.weight"].Values;
    }

    private static PriorTrainingOptions Options(double adversarial) =>
        PriorTrainingOptions.Create(ImageTasks.SuperResolution, batch: 2, crop: Side) with
        {
            Unroll = 1,
            WarmUpSteps = 1,
            Sharp = new SharpOptions { FeatureWeight = 0, AdversarialWeight = adversarial },
        };

    private static void Images(long batch, Span<float> images)
    {
        for (int i = 0; i < images.Length; i++)
        {
            images[i] = 0.5f + 0.4f * MathF.Sin(0.3f * i + batch);
        }
    }
}
