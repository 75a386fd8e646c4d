using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// The built-in learned inverses on the residuals of real iterations, compared with the exact inverse and with two
/// controls (the best scalar and the identity); and the properties that their design relies on.
/// </summary>
public sealed class LearnedInverseTests
{
    private static readonly InverseProblem SparseProblem = new(BlurKernel.Gaussian(9, 1.5), 4, 3e-4);

    [Theory]
    [InlineData("sparse", "linear", 0, 3e-5)]
    [InlineData("sparse", "linear", 1, 4e-7)]
    [InlineData("paper", "linear", 0, 1e-6)]
    [InlineData("paper", "linear", 1, 2e-7)]
    [InlineData("sparse", "paper", 0, 4e-5)]
    [InlineData("paper", "paper", 0, 2e-5)]
    public void Shipped_inverse_is_accurate_on_real_iterations(
        string preset, string architecture, int refinements, double tolerance) => Fixture.OnDevice(device =>
    {
        LaplaceSettings settings = Settings(preset);
        using var problem = LaplaceProblem.Draw(device, settings, seed: 11);
        InverseWeights weights = InverseWeights.Load(Fixture.ModelPath($"inverse-{preset}-{architecture}.safetensors"));
        using var normal = new MeasurementUpdate(
            problem.Operator, problem.Y, settings.Rho,
            weights.ToInverse(device, problem.Operator.MeasurementShape), refinements);
        Assert.InRange(LargestError(problem, normal, settings.Rho), 0, tolerance);
    });

    [Fact]
    public void Learned_inverses_beat_the_best_scalar_and_the_identity() => Fixture.OnDevice(device =>
    {
        LaplaceSettings settings = Settings("sparse");
        using var problem = LaplaceProblem.Draw(device, settings, seed: 12);
        double best = SparseProblem.BestScalar(problem.Operator.MeasurementShape);
        using var scalar = new MeasurementUpdate(problem.Operator, problem.Y, settings.Rho, new ScalarInverse(best));
        using var identity = new MeasurementUpdate(problem.Operator, problem.Y, settings.Rho, new ScalarInverse(1));
        double control = Math.Min(
            LargestError(problem, scalar, settings.Rho), LargestError(problem, identity, settings.Rho));
        foreach ((string architecture, double factor) in ((string, double)[])[("linear", 100), ("paper", 10)])
        {
            string path = Fixture.ModelPath($"inverse-sparse-{architecture}.safetensors");
            InverseWeights weights = InverseWeights.Load(path);
            using var learned = new MeasurementUpdate(
                problem.Operator, problem.Y, settings.Rho,
                weights.ToInverse(device, problem.Operator.MeasurementShape));
            double error = LargestError(problem, learned, settings.Rho);
            Assert.True(error * factor <= control, $"{architecture}: {error:E2}, controls {control:E2}");
        }
    });

    [Fact]
    public void Collapsed_kernel_equals_the_layers() => Fixture.OnDevice(device =>
    {
        using var network = new InverseNetwork(device, InverseArchitecture.Linear);
        network.Initialize(seed: 3);
        using var graph = new Graph(device);
        var shape = new Shape(2, 1, 20, 24);
        using Tensor noise = device.Allocate(shape, Fixture.Normal((int)shape.Count, 4));
        Variable layers = network.Forward(graph.Constant(noise));
        Variable kernel = network.Collapse(graph);
        int size = InverseNetwork.CollapsedSize;
        Assert.Equal(Shape.Matrix(size, size), kernel.Shape);
        Variable collapsed = Functional.Conv2d(
            graph.Constant(noise), kernel, null, Conv2dSpec.Same(shape, size, size, 1, Boundary.Periodic));
        double[] expected = Array.ConvertAll(layers.Data.ToArray(), v => (double)v);
        Assert.InRange(Fixture.RelativeError(collapsed.Data, expected), 0, 2e-6);
    });

    [Fact]
    public void Compiled_network_equals_the_layers() => Fixture.OnDevice(device =>
    {
        using var network = new InverseNetwork(device, InverseArchitecture.Paper);
        network.Initialize(seed: 3);
        using var graph = new Graph(device);
        var shape = new Shape(2, 1, 20, 24);
        using Tensor noise = device.Allocate(shape, Fixture.Normal((int)shape.Count, 4));
        using Tensor compiled = device.Allocate(shape);
        using InferencePlan plan = device.Compile(network.Trace(NetworkNode.Input(shape)));
        plan.Run(noise, compiled);
        Variable layers = network.Forward(graph.Constant(noise));
        double[] expected = Array.ConvertAll(layers.Data.ToArray(), v => (double)v);
        Assert.InRange(Fixture.RelativeError(compiled, expected), 0, 2e-6);
    });

    [Fact]
    public void Collapsed_kernel_holds_on_a_grid_smaller_than_itself() => Fixture.OnDevice(device =>
    {
        InverseWeights weights = InverseWeights.Load(Fixture.ModelPath("inverse-sparse-linear.safetensors"));
        var shape = new Shape(1, 1, 8, 10);
        using Tensor e = device.Allocate(shape, Fixture.Normal((int)shape.Count, 6));
        using Tensor w = device.Allocate(shape);
        using IGramInverse inverse = weights.ToInverse(device, shape);
        inverse.Apply(e, w);
        using BlurDownsample a = weights.Problem.CreateOperator(device, shape);
        Assert.InRange(Fixture.RelativeError(w, weights.Problem.SolveExactly(a, e.ToArray())), 0, 1e-4);
    });

    [Fact]
    public void Network_with_relu_starts_as_a_linear_symmetric_map() => Fixture.OnDevice(device =>
    {
        using var network = new InverseNetwork(device, InverseArchitecture.Paper);
        network.Initialize(seed: 7);
        var shape = new Shape(1, 1, 16, 16);
        float[] a = Fixture.Normal(256, 1);
        float[] b = Fixture.Normal(256, 2);
        float[] ca = Apply(network, device, a, shape);
        float[] cb = Apply(network, device, b, shape);
        float[] cSum = Apply(network, device, [.. a.Zip(b, (x, y) => x - 2 * y)], shape);
        for (int i = 0; i < cSum.Length; i++)
        {
            Assert.Equal(ca[i] - 2 * cb[i], cSum[i], 1e-4);
        }

        Assert.Equal(Fixture.Dot(ca, b), Fixture.Dot(a, cb), 1e-3);
        Assert.True(Fixture.Dot(ca, a) > 0);
    });

    [Fact]
    public void Network_inverse_is_the_scaled_network_for_every_channel() => Fixture.OnDevice(device =>
    {
        using var network = new InverseNetwork(device, InverseArchitecture.Paper);
        network.Initialize(seed: 7, looksLinear: false);
        var grid = new Shape(1, 3, 12, 16);
        using Tensor e = device.Allocate(grid, Fixture.Normal((int)grid.Count, 1));
        using Tensor w = device.Allocate(grid);
        using var inverse = new NetworkInverse(device, network, scale: 5, grid);
        inverse.Apply(e, w);
        float[] values = e.ToArray();
        double[] expected =
        [
            .. Enumerable.Range(0, 3).SelectMany(c =>
                Apply(network, device, values[(c * 192)..((c + 1) * 192)], new Shape(1, 1, 12, 16)))
                .Select(v => 5.0 * v),
        ];
        Assert.InRange(Fixture.RelativeError(w, expected), 0, 1e-6);
    });

    [Theory]
    [InlineData(InverseArchitecture.Linear, 400, 1e-2)]
    [InlineData(InverseArchitecture.Paper, 60, 0.15)]
    public void Training_from_noise_learns_the_inverse(InverseArchitecture architecture, int steps, double tolerance) =>
        Fixture.OnDevice(device =>
        {
            using var trainer = new InverseTrainer(device, SparseProblem, architecture);
            InverseWeights weights = trainer.Train(new TrainingBudget(Steps: steps));
            InverseAccuracy accuracy = InverseTrainer.Measure(device, weights);
            Assert.InRange(accuracy.Noise, 0, tolerance);
            Assert.InRange(accuracy.ScalarNoise, 0.2, 0.5);
        });

    /// <summary>Catches a training loss that lacks a side of (10).</summary>
    [Fact]
    public void The_loss_has_both_sides() => Fixture.OnDevice(device =>
    {
        using var trainer = new InverseTrainer(
            device, SparseProblem, InverseArchitecture.Paper, seed: 5, looksLinear: false);
        var shape = new Shape(4, 1, 32, 32);
        using BlurDownsample a = SparseProblem.CreateOperator(device, shape);
        using var normal = new NormalOperator(a, SparseProblem.Rho);
        using var scope = new TensorScope(device);
        Tensor noise = scope.Allocate(shape);
        Tensor product = scope.Allocate(shape);
        device.FillNormal(5, 16, noise);
        normal.Apply(noise, product);
        double scale = 1 / SparseProblem.MeanEigenvalue;
        float[] left = Apply(trainer.Network, device, Array.ConvertAll(product.ToArray(), v => (float)(scale * v)), shape);
        device.Upload(Apply(trainer.Network, device, noise.ToArray(), shape), product);
        Tensor result = scope.Allocate(shape);
        normal.Apply(product, result);
        double[] right = Array.ConvertAll(result.ToArray(), v => scale * v);
        float[] expected = noise.ToArray();
        double leftLoss = expected.Zip(left, (e, v) => Math.Pow(e - v, 2)).Average();
        double rightLoss = expected.Zip(right, (e, v) => Math.Pow(e - v, 2)).Average();

        double reported = double.NaN;
        trainer.Train(new TrainingBudget(Steps: 1), progress => reported = progress.RelativeError);

        double error = Math.Sqrt((leftLoss + rightLoss) / 2);
        Assert.Equal(error, reported, 1e-4 * error);
    });

    [Fact]
    public void Weights_survive_a_file_and_find_their_problem() => Fixture.OnDevice(device =>
    {
        using var network = new InverseNetwork(device, InverseArchitecture.Linear);
        network.Initialize(seed: 9);
        var written = InverseWeights.FromNetwork(SparseProblem, network, 1.5, new Dictionary<string, string>());
        string path = Path.Combine(Path.GetTempPath(), $"inverse-{Guid.NewGuid():N}.safetensors");
        try
        {
            written.Save(path);
            InverseWeights read = InverseWeights.Load(path);
            Assert.True(read.Problem.IsSameAs(SparseProblem));
            Assert.False(read.Problem.IsSameAs(SparseProblem with { Rho = 1 }));
            Assert.Equal(InverseArchitecture.Linear, read.Architecture);
            double[] expected = written.Collapse(device).Values;
            Assert.All(read.Collapse(device).Values, (value, i) => Assert.Equal(expected[i], value, 1e-6));
        }
        finally
        {
            File.Delete(path);
        }
    });

    [Theory]
    [InlineData("format", "infadmm-prior-1")]
    [InlineData("architecture", "cubic")]
    [InlineData("stride", "0")]
    [InlineData("rho", "NaN")]
    [InlineData("rho", "-1")]
    [InlineData("rho", "1,5")]
    [InlineData("boundary", "round")]
    [InlineData("training_seconds", "Infinity")]
    public void Metadata_that_cannot_be_used_is_refused_by_key(string key, string value)
    {
        WeightSet good = InverseWeights.Load(Fixture.ModelPath("inverse-sparse-linear.safetensors")).Weights;
        WeightSet bad = good with { Metadata = new Dictionary<string, string>(good.Metadata) { [key] = value } };

        string message = Assert.Throws<InputException>(() => InverseWeights.FromWeights(bad, "file")).Message;

        Assert.StartsWith("file", message);
        Assert.Contains($"'{key}'", message);
        Assert.DoesNotContain("infadmm ", message);
    }

    private static LaplaceSettings Settings(string preset) =>
        (preset == "paper" ? LaplaceSettings.Paper : LaplaceSettings.Sparse) with { Size = 128 };

    /// <summary>The largest relative z error over 20 iterations that start at zero.</summary>
    private static double LargestError(LaplaceProblem problem, IZUpdate normal, double rho)
    {
        using var admm = new Admm(
            problem.Operator.Device, problem.Operator.ImageShape, normal, new SoftThreshold(), (float)rho,
            (float)problem.Threshold(rho));
        var reference = ExactReference.Create(problem.Operator, problem.Y, rho)!;
        double largest = 0;
        for (int k = 0; k < 20; k++)
        {
            admm.Step();
            largest = Math.Max(largest, reference.RelativeError(admm.Q, admm.Z));
        }

        return largest;
    }

    private static float[] Apply(InverseNetwork network, Device device, float[] values, Shape shape)
    {
        using var graph = new Graph(device);
        using Tensor input = device.Allocate(shape, values);
        return network.Forward(graph.Constant(input)).Data.ToArray();
    }
}
