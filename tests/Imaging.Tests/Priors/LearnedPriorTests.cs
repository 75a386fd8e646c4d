using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The loop that training unrolls against the one that is used, and the weights in between.</summary>
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
            var task = ImageTasks.Find(name);
            Shape image = ImageOf(task);
            PriorWeights weights = RandomWeights(device, task, image.C, architecture);
            using PriorNetwork network = weights.ToNetwork(device);
            using var unrolled = new UnrolledLoop(device, task, image, network);
            using var scope = new TensorScope(device);
            Tensor truth = scope.Add(device.Allocate(image, Fixture.Normal((int)image.Count, seed: 1)));
            Tensor y = scope.Allocate(unrolled.Operator.MeasurementShape);
            Tensor start = scope.Allocate(image);
            unrolled.Operator.Measure(truth, seed: 2, stream: 0, y);
            unrolled.Start(y, start);
            using var loop = new PriorLoop(
                device, weights, y, image, rho => unrolled.Operator.CreateExactSolver(y, rho));
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

    [Fact]
    public void The_start_of_a_batch_is_the_start_of_the_task() => Fixture.OnDevice(device =>
    {
        var task = ImageTasks.Deblurring;
        var image = new Shape(2, 3, 20, 24);
        using var network = new PriorNetwork(device, task, 3, PriorArchitecture.Default, steps: 1);
        using var unrolled = new UnrolledLoop(device, task, image, network);
        using var scope = new TensorScope(device);
        Tensor y = scope.Add(device.Allocate(image, Fixture.Normal((int)image.Count, seed: 4)));
        Tensor actual = scope.Allocate(image);
        Tensor expected = scope.Allocate(image);

        unrolled.Start(y, actual);
        unrolled.Operator.Start(y, expected);

        double[] values = Array.ConvertAll(expected.ToArray(), value => (double)value);
        Assert.InRange(Fixture.RelativeError(actual, values), 0, 1e-4);
    });

    [Theory]
    [InlineData(ImageTask.SuperResolution)]
    [InlineData(ImageTask.Deblurring)]
    [InlineData(ImageTask.Colorization)]
    public void The_loop_differentiates_in_the_rho_of_each_step(string name) => Fixture.OnDevice(device =>
    {
        const float Step = 0.02f;
        var task = ImageTasks.Find(name);
        Shape image = ImageOf(task);
        using var network = new PriorNetwork(device, task, image.C, PriorArchitecture.Default, Unrolled);
        network.Initialize(seed: 6);
        using var unrolled = new UnrolledLoop(device, task, image, network);
        using var scope = new TensorScope(device);
        Tensor truth = scope.Add(device.Allocate(image, Fixture.Normal((int)image.Count, seed: 7)));
        Tensor y = scope.Allocate(unrolled.Operator.MeasurementShape);
        unrolled.Operator.Apply(truth, y);

        // Weights that were not made for it take z far from y, so that ρ matters.
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
        var task = ImageTask.Create(ImageTask.Deblurring, BlurKernel.Motion(7, 10), sigma: 0.02);
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

    [Fact]
    public void Weights_say_what_they_do_not_serve() => Fixture.OnDevice(device =>
    {
        var task = ImageTasks.SuperResolution;
        PriorWeights weights = RandomWeights(device, task, channels: 3, PriorArchitecture.Default);

        Assert.Null(weights.WhyNot(task with { Sigma = 0.1 }, 3));
        Assert.Contains("deblur", weights.WhyNot(ImageTasks.Find("deblur"), 3));
        Assert.Contains("1", weights.WhyNot(task, 1));
        Assert.Contains(
            "gaussian:5:1", weights.WhyNot(ImageTask.Create("sr4", BlurKernel.Gaussian(5, 1)), 3));
    });

    [Fact]
    public void Files_that_hold_no_trained_prior_are_refused() => Fixture.OnDevice(device =>
    {
        var task = ImageTasks.SuperResolution;
        SafeTensors good = RandomWeights(device, task, channels: 3, PriorArchitecture.Default).Tensors;

        AssertRefused("no learned prior", good with { Metadata = new Dictionary<string, string>() });
        AssertRefused("no learned prior", With("task", "sr8"));
        AssertRefused("no learned prior", With("rho", "0.1,-1"));
        AssertRefused("never trained", With("steps", "0"));
        var arrays = new Dictionary<string, WeightArray>(good.Arrays)
        {
            ["log_rho0"] = new WeightArray([1, 1, 1, 1], [float.NaN]),
        };
        AssertRefused("not finite", good with { Arrays = arrays });
        arrays = new Dictionary<string, WeightArray>(good.Arrays);
        arrays.Remove("network.head.bias");
        var lacking = PriorWeights.FromTensors(good with { Arrays = arrays }, "file");
        Assert.Contains(
            "network.head.bias", Assert.Throws<InputException>(() => lacking.ToNetwork(device).Dispose()).Message);
        Assert.Contains(
            "train prior", Assert.Throws<InputException>(() => PriorWeights.Load("no/such/file")).Message);

        SafeTensors With(string key, string value) => good with
        {
            Metadata = new Dictionary<string, string>(good.Metadata) { [key] = value },
        };

        static void AssertRefused(string mention, SafeTensors tensors)
        {
            string message = Assert.Throws<InputException>(() => PriorWeights.FromTensors(tensors, "file")).Message;
            Assert.Contains(mention, message);
            Assert.StartsWith("file", message);
        }
    });

    private static Shape ImageOf(ImageTask task) => task.Name == ImageTask.MnistSuperResolution
        ? new Shape(2, 1, 28, 28)
        : new Shape(2, 3, 16, 24);

    private static PriorWeights RandomWeights(
        Device device, ImageTask task, int channels, PriorArchitecture architecture)
    {
        using var network = new PriorNetwork(device, task, channels, architecture, Unrolled);
        network.Initialize(seed: 8);
        for (int k = 0; k < Unrolled; k++)
        {
            device.Fill(-2 - k, network.LogRho(k).Data);
        }

        var options = new PriorTrainingOptions(task, architecture, new Shape(1, channels, 16, 16));
        return PriorWeights.FromNetwork(options, network, steps: 1, trainingSeconds: 0);
    }
}
