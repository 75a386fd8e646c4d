using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>
/// The loop that training unrolls, compared with the loop used for restoration; and the weights file between them.
/// </summary>
public sealed class LearnedPriorTests
{
    private const int Unrolled = 3;

    public static TheoryData<string, PriorArchitecture> Priors
    {
        get
        {
            var data = new TheoryData<string, PriorArchitecture>();
            foreach (string task in ImageTasks.Names)
            {
                data.Add(task, PriorArchitecture.Default);
                data.Add(task, PriorArchitecture.Paper);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Priors))]
    public void The_loop_in_use_takes_the_steps_of_the_unrolled_one(string name, PriorArchitecture architecture) =>
        Fixture.OnDevice(device =>
        {
            ImageTask task = ImageTasks.Find(name);
            Shape image = ImageOf(task);
            PriorWeights weights = RandomWeights(device, task, image.C, architecture);
            using PriorNetwork network = weights.ToNetwork(device);
            using var unrolled = new UnrolledLoop(device, task, image, network);
            using var scope = new TensorScope(device);
            Tensor truth = scope.Add(device.Allocate(image, Fixture.Normal((int)image.Count, seed: 1)));
            Tensor y = scope.Allocate(unrolled.Operator.MeasurementShape);
            Tensor start = scope.Allocate(image);
            unrolled.Operator.Measure(truth, seed: 2, stream: 0, y);
            using IStartEstimate estimate = task.Start.Create(unrolled.Operator, y);
            estimate.Apply(start);
            using var loop = new PriorLoop(unrolled.Operator, y, weights);
            loop.Start(start);

            using var graph = new Graph(device);
            Variable z = graph.Constant(start);
            Variable? w = null;
            for (int k = 0; k < 2 * Unrolled; k++)
            {
                (_, z, w) = unrolled.Step(graph, graph.Constant(y), z, w, k);
                loop.Step();
                double[] expected = Array.ConvertAll(z.Data.ToArray(), value => (double)value);
                Assert.InRange(Fixture.RelativeError(loop.Z, expected), 0, 2e-4);
            }
        });

    [Theory]
    [InlineData("sr4")]
    [InlineData("deblur")]
    [InlineData("color-sr2")]
    public void The_loop_differentiates_in_the_rho_of_each_step(string name) => Fixture.OnDevice(device =>
    {
        const float Step = 0.02f;
        ImageTask task = ImageTasks.Find(name);
        Shape image = ImageOf(task);
        using var network = new PriorNetwork(device, task, image.C, PriorArchitecture.Default, Unrolled);
        network.Initialize(seed: 6);
        using var unrolled = new UnrolledLoop(device, task, image, network);
        using var scope = new TensorScope(device);
        Tensor truth = scope.Add(device.Allocate(image, Fixture.Normal((int)image.Count, seed: 7)));
        Tensor y = scope.Allocate(unrolled.Operator.MeasurementShape);
        unrolled.Operator.Apply(truth, y);

        // Weights that were not trained for it move z far from y, so that ρ matters.
        for (int k = 0; k < Unrolled; k++)
        {
            device.Fill(-1, network.LogRho(k).Data);
        }

        Loss(differentiate: true);
        for (int k = 0; k < Unrolled; k++)
        {
            Parameter logRho = network.LogRho(k);
            device.Fill(-1 + Step, logRho.Data);
            double after = Loss(differentiate: false);
            device.Fill(-1 - Step, logRho.Data);
            double before = Loss(differentiate: false);
            device.Fill(-1, logRho.Data);
            double expected = (after - before) / (2 * Step);
            Assert.InRange(logRho.Gradient!.ToScalar(), expected - 0.02 * Math.Abs(expected), expected +
                0.02 * Math.Abs(expected));
            Assert.NotEqual(0, expected);
        }

        double Loss(bool differentiate)
        {
            using var graph = new Graph(device);
            using Tensor zero = device.AllocateZeros(image);
            Variable z = graph.Constant(zero);
            Variable? w = null;
            for (int k = 0; k < Unrolled; k++)
            {
                (_, z, w) = unrolled.Step(graph, graph.Constant(y), z, w, k);
            }

            Variable loss = Functional.MeanSquaredError(z, graph.Constant(truth));
            if (differentiate)
            {
                graph.Backward(loss);
            }

            float[] result = z.Data.ToArray();
            return result.Zip(truth.ToArray(), (a, b) => ((double)a - b) * ((double)a - b)).Average();
        }
    });

    [Fact]
    public void Weights_survive_a_file() => Fixture.OnDevice(device =>
    {
        ImageTask task = ImageTasks.Deblurring.With(BlurKernel.Motion(7, 10), sigma: 0.02);
        PriorWeights written = RandomWeights(device, task, channels: 3, PriorArchitecture.Default);
        string path = Path.Combine(Path.GetTempPath(), $"prior-{Guid.NewGuid():N}.safetensors");
        try
        {
            written.Save(path);
            var read = PriorWeights.Load(path);
            Assert.Null(read.WhyNot(task, 3));
            Assert.Equal(0.02, read.Task.Sigma);
            Assert.Equal(PriorArchitecture.Default, read.Architecture);
            Assert.Equal(written.Rho.Select(rho => Math.Round(rho, 5)), read.Rho.Select(rho => Math.Round(rho, 5)));
            Assert.Equal(written.RhoOf(Unrolled - 1), written.RhoOf(50));
            using PriorNetwork expected = written.ToNetwork(device);
            using PriorNetwork actual = read.ToNetwork(device);
            foreach (((string name, Parameter a), (_, Parameter b)) in
                expected.NamedParameters().Zip(actual.NamedParameters()))
            {
                Assert.True(a.Data.ToArray().SequenceEqual(b.Data.ToArray()), name);
            }
        }
        finally
        {
            File.Delete(path);
        }
    });

    /// <summary>Catches a task kernel or a ρ that is rounded as well, so that the prior no longer fits its task.</summary>
    [Fact]
    public void Half_precision_halves_the_file_and_keeps_the_task() => Fixture.OnDevice(device =>
    {
        ImageTask task = ImageTasks.Deblurring.With(BlurKernel.Gaussian(7, 1.3), sigma: 0.02);
        PriorWeights weights = RandomWeights(device, task, channels: 3, PriorArchitecture.Default);
        byte[] whole = SafeTensorsFile.ToBytes(weights.Weights);
        byte[] half = SafeTensorsFile.ToBytes(weights.InHalfPrecision().Weights);
        Assert.InRange((double)half.Length / whole.Length, 0.5, 0.52);
        var read = PriorWeights.FromWeights(SafeTensorsFile.Parse(half, "half"), "half");
        Assert.Null(read.WhyNot(task, 3));
        Assert.Equal(weights.Rho, read.Rho);
        foreach ((string name, WeightArray array) in weights.Weights.Arrays)
        {
            float scale = array.Values.Max(Math.Abs);
            Assert.All(array.Values.Zip(read.Weights.Arrays[name].Values), pair =>
                Assert.True(Math.Abs(pair.First - pair.Second) <= scale / 2048, name));
        }
    });

    [Fact]
    public void Weights_say_what_they_do_not_fit() => Fixture.OnDevice(device =>
    {
        ImageTask task = ImageTasks.SuperResolution;
        PriorWeights weights = RandomWeights(device, task, channels: 3, PriorArchitecture.Default);

        Assert.Null(weights.WhyNot(task with { Sigma = 0.1 }, 3));
        Assert.Contains("deblur", weights.WhyNot(ImageTasks.Find("deblur"), 3));
        Assert.Contains("1", weights.WhyNot(task, 1));
        Assert.Contains(
            "gaussian:5:1", weights.WhyNot(task with { Kernel = BlurKernel.Gaussian(5, 1) }, 3));
    });

    [Fact]
    public void Files_that_hold_no_trained_prior_are_refused() => Fixture.OnDevice(device =>
    {
        WeightSet good = RandomWeights(
            device, ImageTasks.SuperResolution, channels: 3, PriorArchitecture.Default).Weights;

        AssertRefused("no trained prior", good with { Metadata = new Dictionary<string, string>() });
        AssertRefused("'format'", With("format", "infadmm-inverse-1"));
        AssertRefused("'task'", With("task", "sr8"));
        AssertRefused("'network'", With("network", "small"));
        AssertRefused("'steps'", With("steps", "0"));
        AssertRefused("'channels'", With("channels", "1,5"));
        AssertRefused("'sigma'", With("sigma", "nan"));
        AssertRefused("'sigma'", With("sigma", "-0.1"));
        AssertRefused("'log_rho0'", good.With("log_rho0", Scalar(float.NaN)));
        AssertRefused("'log_rho1'", good.With("log_rho1", Scalar(1e4f)));
        AssertRefused("'log_rho0'", good.Without("log_rho0"));
        AssertRefused("'operator.kernel'", good.Without(StoredKernel.ArrayName));
        AssertRefused("'operator.kernel'", good.With(StoredKernel.ArrayName, new WeightArray([1, 1], [0])));
        PriorWeights lacking = PriorWeights.FromWeights(good.Without("network.head.bias"), "file");
        Assert.Contains(
            "network.head.bias", Assert.Throws<InputException>(() => lacking.ToNetwork(device).Dispose()).Message);
        Assert.Contains(
            "no/such/file", Assert.Throws<InputException>(() => PriorWeights.Load("no/such/file")).Message);

        WeightSet With(string key, string value) => good with
        {
            Metadata = new Dictionary<string, string>(good.Metadata) { [key] = value },
        };

        static WeightArray Scalar(float value) => new([1, 1, 1, 1], [value]);

        static void AssertRefused(string mention, WeightSet weights)
        {
            string message = Assert.Throws<InputException>(() => PriorWeights.FromWeights(weights, "file")).Message;
            Assert.Contains(mention, message);
            Assert.StartsWith("file", message);
            Assert.DoesNotContain("infadmm ", message);
        }
    });

    [Fact]
    public void Level_and_rho_of_the_last_trained_step_last()
    {
        PriorWeights weights = ShippedWeights.Prior("sr4").WithRho([4, 2, 1]);

        Assert.Equal([1, 0.5, 0.25, 0.25, 0.25], Enumerable.Range(0, 5).Select(weights.LevelOf));
        Assert.Equal([4, 2, 1, 1, 1], Enumerable.Range(0, 5).Select(weights.RhoOf), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    /// <summary>Catches a denoiser that is told one level for ever (docs/mathematics.md §2: σ² = λ/(2ρ)).</summary>
    [Fact]
    public void A_denoiser_is_told_the_noise_level_of_each_penalty() => Fixture.OnDevice(device =>
    {
        var schedule = new DenoisingSchedule(Noise: 0.02, First: 0.1, Last: 0.025, Iterations: 3);
        PriorWeights weights = RandomDenoiser(device, ImageTasks.Deblurring).WithSchedule(schedule);

        Assert.Equal([0.04, 0.16, 0.64, 0.64], Enumerable.Range(0, 4).Select(weights.RhoOf), Close);
        Assert.Equal([0.5, 0.25, 0.125, 0.125], Enumerable.Range(0, 4).Select(weights.LevelOf), Close);
        Assert.Equal(0.25, weights.WithRho(0.16).LevelOf(0), 1e-6);
        Assert.Equal(1, weights.WithRho(1e-9).LevelOf(0));
        Assert.Equal(1.0 / 32, weights.WithRho(1e9).LevelOf(0));
        Assert.Throws<InvalidOperationException>(() => ShippedWeights.Prior("sr4").WithSchedule(schedule));

        static bool Close(double a, double b) => Math.Abs(a - b) < 1e-6;
    });

    [Fact]
    public void A_denoiser_serves_every_task_and_a_changed_noise() => Fixture.OnDevice(device =>
    {
        WeightSet file = RandomDenoiser(device, ImageTasks.Deblurring).Weights;
        foreach (ImageTask task in ImageTasks.All.Where(task => task.TrainedChannels == 3))
        {
            ImageTask blurred = task.With(BlurKernel.Gaussian(5, 1.5), sigma: 0.03);
            PriorWeights weights = PriorWeights.FromWeights(file, "file", blurred);
            Assert.Null(weights.WhyNot(blurred, 3));
            Assert.Equal(blurred.Denoising.Iterations, weights.Rho.Count);
            Assert.Equal(blurred.Denoising.RhoOf(2), weights.RhoOf(2), 1e-6 * weights.RhoOf(2));
            Assert.Contains("channels", weights.WhyNot(ImageTasks.MnistSuperResolution, 1));
        }

        ImageTask noisier = ImageTasks.Deblurring.With(null, sigma: 0.02);
        Assert.Equal(2 * ImageTasks.Deblurring.Denoising.Noise, noisier.Denoising.Noise, 1e-12);
        string message = Assert.Throws<InputException>(() => PriorWeights.FromWeights(file, "file")).Message;
        Assert.StartsWith("file: is a denoiser", message);
    });

    [Fact]
    public void A_schedule_of_rho_runs_admm_with_the_rescaled_dual() => Fixture.OnDevice(device =>
    {
        ImageTask task = ImageTasks.Deblurring;
        var schedule = new DenoisingSchedule(Noise: 0.02, First: 0.1, Last: 0.02, Iterations: 3);
        PriorWeights weights = RandomDenoiser(device, task).WithSchedule(schedule);
        var shape = new Shape(1, 3, 16, 24);
        using var a = new TaskOperator(device, task, shape);
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)shape.Count, 1));
        using var loop = new PriorLoop(a, y, weights);
        using PriorNetwork network = weights.ToNetwork(device);
        using var scope = new TensorScope(device);
        Tensor z = scope.Add(device.AllocateZeros(shape));
        Tensor w = scope.Add(device.AllocateZeros(shape));
        Tensor v = scope.Allocate(shape);
        Tensor level = scope.Allocate(network.Prior.LevelShape(shape));
        loop.Start(z);
        for (int k = 0; k < 4; k++)
        {
            if (k is > 0 and < 3)
            {
                device.Scale((float)(schedule.RhoOf(k - 1) / schedule.RhoOf(k)), w, w);
            }

            device.Combine(1, z, -1, w, v);
            device.Fill((float)NoiseLevel.Of(schedule.SigmaOf(k)), level);
            using var graph = new Graph(device);
            Tensor x = network.Prior.Forward(graph.Constant(v), graph.Constant(y), graph.Constant(level)).Data;
            device.Combine(1, x, 1, w, w);
            using (IZUpdate update = a.CreateExactSolver(y, schedule.RhoOf(k)))
            {
                update.Solve(w, z);
            }

            device.Combine(1, w, -1, z, w);
            loop.Step();
            double[] expected = Array.ConvertAll(z.ToArray(), value => (double)value);
            Assert.InRange(Fixture.RelativeError(loop.Z, expected), 0, 2e-4);
        }
    });

    /// <summary>Catches a ρ that is stored twice, where the file keeps an outdated copy.</summary>
    [Fact]
    public void Rho_that_was_changed_survives_a_file() => Fixture.OnDevice(device =>
    {
        PriorWeights written = RandomWeights(
            device, ImageTasks.SuperResolution, channels: 3, PriorArchitecture.Default).WithRho(0.5);
        string path = Path.Combine(Path.GetTempPath(), $"prior-{Guid.NewGuid():N}.safetensors");
        try
        {
            written.Save(path);
            var read = PriorWeights.Load(path);

            Assert.Equal(Unrolled, read.Rho.Count);
            Assert.All(read.Rho, rho => Assert.Equal(0.5, rho, 1e-7));
            using PriorNetwork network = read.ToNetwork(device);
            Assert.Equal(0.5, Math.Exp(network.LogRho(1).Data.ToScalar()), 1e-7);
        }
        finally
        {
            File.Delete(path);
        }
    });

    /// <summary>Catches metadata of older files that overrides the weights.</summary>
    [Fact]
    public void Rho_in_the_metadata_of_older_files_is_ignored()
    {
        PriorWeights shipped = ShippedWeights.Prior("sr4");
        Assert.Contains("rho", shipped.Weights.Metadata.Keys);
        var metadata = new Dictionary<string, string>(shipped.Weights.Metadata) { ["rho"] = "7" };

        PriorWeights read = PriorWeights.FromWeights(shipped.Weights with { Metadata = metadata }, "file");

        Assert.Equal(shipped.Rho, read.Rho);
        double[] trained = [.. shipped.Weights.Metadata["rho"].Split(',').Select(
            text => double.Parse(text, CultureInfo.InvariantCulture))];
        Assert.Equal(trained, shipped.Rho, (a, b) => Math.Abs(a - b) <= 1e-12 * a);
    }

    /// <summary>
    /// Catches a network that uses the statistics of the first step in all of them, and ones that are lost or exchanged
    /// when weights are used for another number of steps.
    /// </summary>
    [Fact]
    public void Each_step_has_its_own_statistics_of_batch_normalization() => Fixture.OnDevice(device =>
    {
        ImageTask task = ImageTasks.SuperResolution;
        PriorWeights weights = RandomWeights(device, task, 3, PriorArchitecture.Paper);
        Assert.Equal(Unrolled, weights.Uses);
        var image = new Shape(1, 3, 16, 16);
        using Tensor y = device.Allocate(image.Downsampled(4), Fixture.Normal(48, 1));
        using Tensor v = device.Allocate(image, Fixture.Normal(768, 2));
        using Tensor level = device.Allocate(Shape.Scalar, [1]);
        using Tensor x = device.Allocate(image);
        using var prior = new LearnedProximal(device, weights, y, image);
        float[][] steps = [.. Enumerable.Range(0, Unrolled + 1).Select(ResultOf)];

        Assert.NotEqual(steps[0], steps[1]);
        Assert.Equal(steps[^2], steps[^1]);
        Assert.False(prior.IsRecordable);
        foreach (int uses in (int[])[1, Unrolled + 1])
        {
            using var other = new PriorNetwork(device, task, 3, PriorArchitecture.Paper, steps: 1, uses);
            weights.CopyTo(other);
            foreach ((string name, Tensor statistics) in other.NamedBuffers())
            {
                string from = name.EndsWith($"{Unrolled}", StringComparison.Ordinal) ? $"{name[..^1]}{Unrolled - 1}" : name;
                Assert.Equal(weights.Weights.Arrays[from].Values, statistics.ToArray());
            }
        }

        string array = weights.Weights.Arrays.Keys.First(
            name => name.EndsWith($"running_var{Unrolled - 1}", StringComparison.Ordinal));
        var damaged = PriorWeights.FromWeights(weights.Weights.Without(array), "file");
        InputException missing = Assert.Throws<InputException>(() => damaged.ToNetwork(device));
        Assert.StartsWith("file: array", missing.Message);

        float[] ResultOf(int step)
        {
            prior.Step = step;
            prior.Apply(v, level, x);
            return x.ToArray();
        }
    });

    private static PriorWeights RandomDenoiser(Device device, ImageTask task)
    {
        var options = PriorTrainingOptions.ForDenoiser(channels: 3, batch: 1, crop: 16);
        using var network = new PriorNetwork(device, options.Task, channels: 3, PriorArchitecture.Denoiser, steps: 1);
        network.Initialize(seed: 9);
        PriorWeights trained = PriorWeights.FromNetwork(options, network, steps: 1, trainingSeconds: 0);
        return PriorWeights.FromWeights(trained.Weights, "file", task);
    }

    private static Shape ImageOf(ImageTask task) => task.PaperPrior.OnlySide is { } side
        ? new Shape(2, task.TrainedChannels, side, side)
        : new Shape(2, 3, 16, 24);

    private static PriorWeights RandomWeights(
        Device device, ImageTask task, int channels, PriorArchitecture architecture)
    {
        using var network = new PriorNetwork(device, task, channels, architecture, Unrolled, uses: Unrolled);
        network.Initialize(seed: 8);

        // Statistics of batch normalization that differ between the steps, with means for which few outputs are cut to 0.
        float more = 0;
        foreach ((string name, Tensor statistics) in network.NamedBuffers())
        {
            more += 0.02f;
            device.Fill(name.Contains("mean", StringComparison.Ordinal) ? -more : 1 + more, statistics);
        }

        for (int k = 0; k < Unrolled; k++)
        {
            device.Fill(-2 - k, network.LogRho(k).Data);
        }

        var options = new PriorTrainingOptions(task, architecture, new Shape(1, channels, 16, 16));
        return PriorWeights.FromNetwork(options, network, steps: 1, trainingSeconds: 0);
    }
}
