using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Nn.Onnx;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Onnx;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>Inverses and whole iterations in ONNX Runtime against the library's own.</summary>
public sealed class IterationModelTests
{
    private const double Tolerance = 1e-4;
    private const int Iterations = 5;

    public static TheoryData<string> ShippedInverses =>
    [
        .. Directory.EnumerateFiles(Fixture.ModelPath(""), "inverse-*.safetensors").Select(file => Path.GetFileName(file)!),
    ];

    /// <summary>Catches an inverse without its scale, with another boundary, or for one size only.</summary>
    [Theory]
    [MemberData(nameof(ShippedInverses))]
    public void Every_shipped_inverse_agrees(string file) => Fixture.OnDevice(device =>
    {
        InverseWeights weights = Assert.Single(InverseSet.Load(Fixture.ModelPath(file)));
        AssertAgrees(device, weights, InverseModel.Create(device, weights), new Shape(2, 3, 17, 20));
        AssertAgrees(device, weights, InverseModel.Create(device, weights, side: 16), new Shape(1, 1, 16, 16));
        using var session = new OnnxSession(InverseModel.Create(device, weights).ToModel());
        Assert.Equal(file, session.Metadata["inverse"]);
        Assert.Equal(weights.Problem.Rho, double.Parse(session.Metadata["rho"], CultureInfo.InvariantCulture));
        Assert.Equal([-1, -1, -1, -1], session.Extents("e"));
    });

    /// <summary>
    /// Catches an origin, padding or crop of A or Aᵀ that is wrong for a stride or a kernel, a sign or order of the
    /// updates, and a dual that is not handed on.
    /// </summary>
    [Theory]
    [InlineData("gaussian:9:1.5", 4, Boundary.Periodic, InverseArchitecture.Paper)]
    [InlineData("gaussian:9:1.5", 4, Boundary.Zero, InverseArchitecture.Linear)]
    [InlineData("gaussian:3:1", 4, Boundary.Periodic, InverseArchitecture.Linear)]
    [InlineData("gaussian:3:1", 4, Boundary.Zero, InverseArchitecture.Paper)]
    [InlineData("motion:9:30", 1, Boundary.Periodic, InverseArchitecture.Linear)]
    [InlineData("motion:9:30", 1, Boundary.Zero, InverseArchitecture.Linear)]
    [InlineData("random4_s3", 3, Boundary.Periodic, InverseArchitecture.Paper)]
    [InlineData("random4_s3", 3, Boundary.Zero, InverseArchitecture.Paper)]
    [InlineData("random3x7_s1", 2, Boundary.Periodic, InverseArchitecture.Linear)]
    [InlineData("random3x7_s1", 5, Boundary.Zero, InverseArchitecture.Linear)]
    public void Iterations_agree(string kernel, int stride, Boundary boundary, InverseArchitecture architecture) =>
        Fixture.OnDevice(device =>
        {
            BlurKernel blur = kernel.Contains(':') ? BlurKernel.Parse(kernel) : Fixture.Kernel($"op_{kernel}_kernel");
            InverseWeights weights = Weights(device, new InverseProblem(blur, stride, 0.1, boundary), architecture);
            OnnxGraph free = new IterationModel(weights).Create(device);
            AssertIterates(device, weights, free, new Shape(2, 3, 14 * stride, 16 * stride));
            OnnxGraph @fixed = new IterationModel(weights) { Side = 15 * stride, Channels = 1 }.Create(device);
            AssertIterates(device, weights, @fixed, new Shape(1, 1, 15 * stride, 15 * stride));
        });

    /// <summary>Catches channels of an inverse that are taken for separate planes.</summary>
    [Fact]
    public void An_inverse_of_several_channels_takes_them_together() => Fixture.OnDevice(device =>
    {
        var problem = new InverseProblem(BlurKernel.Gaussian(5, 1), 2, 0.1);
        InverseWeights weights = Weights(device, problem, InverseArchitecture.Paper, channels: 3);
        AssertAgrees(device, weights, InverseModel.Create(device, weights), new Shape(2, 3, 6, 9));
        OnnxGraph model = new IterationModel(weights).Create(device);
        AssertIterates(device, weights, model, new Shape(2, 3, 12, 18));
        Refused(device, new IterationModel(weights) { Channels = 1 }, "3 channels");
    });

    /// <summary>
    /// Catches a grey measurement with weights that are not those of the operator, or not spread back.
    /// </summary>
    [Fact]
    public void Grey_measurements_agree() => Fixture.OnDevice(device =>
    {
        double[] grey = [0.3, 0.6, 0.1];
        var kernel = BlurKernel.Gaussian(3, 1);
        var problem = new InverseProblem(kernel.Scaled(ChannelMix.Norm(grey)), 2, 0.1);
        InverseWeights weights = Weights(device, problem, InverseArchitecture.Paper);
        var image = new Shape(2, 3, 16, 20);
        using var a = new MixedBlur(device, grey, kernel, 2, image);
        OnnxGraph model = new IterationModel(weights) { GreyWeights = grey, Channels = 3 }.Create(device);
        AssertIterates(device, a, weights, model);
    });

    /// <summary>Catches sizes and boundaries that the model would compute wrongly.</summary>
    [Fact]
    public void What_does_not_fit_is_refused() => Fixture.OnDevice(device =>
    {
        InverseWeights weights = Weights(
            device, new InverseProblem(BlurKernel.Gaussian(5, 1), 4, 0.1), InverseArchitecture.Paper);
        Assert.Equal("stride", Refused(device, new IterationModel(weights) { Side = 18 }, "18x18"));
        Assert.Equal("size", Refused(device, new IterationModel(weights) { Side = 4 }, "larger"));
        Assert.Equal("size", Refused(device, new IterationModel(weights) { Side = 12 }, "at least 16"));
        InverseWeights valid = Weights(
            device, new InverseProblem(BlurKernel.Gaussian(5, 1), 4, 0.1, Boundary.Valid), InverseArchitecture.Paper);
        Refused(device, new IterationModel(valid), "valid boundary");
        Assert.Equal("size", Assert.Throws<InputException>(() => InverseModel.Create(device, weights, side: 3)).Parameter);
    });

    private static string? Refused(Device device, IterationModel model, string mention)
    {
        InputException failure = Assert.Throws<InputException>(() => model.Create(device));
        Assert.Contains(mention, failure.Message);
        return failure.Parameter;
    }

    private static void AssertAgrees(Device device, InverseWeights weights, OnnxGraph model, Shape grid)
    {
        float[] values = Fixture.Normal((int)grid.Count, 4);
        using Tensor e = device.Allocate(grid, values);
        using Tensor w = device.Allocate(grid);
        using IGramInverse inverse = weights.ToInverse(device, grid);
        inverse.Apply(e, w);
        using var session = new OnnxSession(model.ToModel());
        float[] expected = w.ToArray();
        double scale = expected.Max(Math.Abs);
        Assert.InRange(
            OnnxSession.LargestDifference(expected, session.Run(("e", grid, values))["w"]) / scale, 0, 1e-5);
    }

    private static void AssertIterates(Device device, InverseWeights weights, OnnxGraph model, Shape image)
    {
        InverseProblem problem = weights.Problem;
        using var a = new BlurDownsample(device, problem.Kernel, problem.Stride, image, problem.Boundary);
        AssertIterates(device, a, weights, model);
    }

    /// <summary>Runs both loops from an initial estimate in [0, 1].</summary>
    private static void AssertIterates(Device device, ILinearOperator a, InverseWeights weights, OnnxGraph model)
    {
        const float tau = 0.02f;
        Shape image = a.ImageShape;
        float[] start = Values((int)image.Count, 1);
        float[] measured = Values((int)a.MeasurementShape.Count, 2);
        using Tensor first = device.Allocate(image, start);
        using Tensor y = device.Allocate(a.MeasurementShape, measured);
        var context = new ZSolverContext(a, y, weights.Problem.Rho) { Weights = [weights] };
        using IZUpdate update = LearnedSolver.Of(weights.Architecture).Create(context);
        using var admm = new Admm(device, image, update, new SoftThreshold(), (float)weights.Problem.Rho, tau);
        admm.Start(first);
        using var session = new OnnxSession(model.ToModel());
        float[] z = start;
        float[] w = new float[start.Length];
        for (int k = 0; k < Iterations; k++)
        {
            admm.Step();
            Dictionary<string, float[]> next = session.Run(
                ("z", image, z), ("w", image, w), ("y", a.MeasurementShape, measured), ("tau", null, [tau]));
            z = next["z_next"];
            w = next["w_next"];
            Assert.InRange(OnnxSession.LargestDifference(admm.X.ToArray(), next["x"]), 0, Tolerance);
            Assert.InRange(OnnxSession.LargestDifference(admm.Z.ToArray(), z), 0, Tolerance);
            Assert.InRange(OnnxSession.LargestDifference(admm.W.ToArray(), w), 0, Tolerance);
        }

        Assert.True(w.Max(Math.Abs) > 0.01, "the dual must matter");
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
    }

    private static InverseWeights Weights(
        Device device, InverseProblem problem, InverseArchitecture architecture, int channels = 1)
    {
        using var network = new InverseNetwork(device, architecture, channels, problem.Boundary);
        network.Initialize(seed: 1);
        return InverseWeights.FromNetwork(problem, network, 0, new Dictionary<string, string>());
    }
}
