using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Onnx;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Priors, and iterations with a prior, in ONNX Runtime against the library's own.</summary>
public sealed class PriorModelTests
{
    private const double Tolerance = 1e-4;
    private const int Iterations = 4;

    public static TheoryData<string> ShippedPriors =>
    [
        .. Directory.EnumerateFiles(Fixture.ModelPath(""), "prior-*.safetensors").Select(file => Path.GetFileName(file)!),
    ];

    /// <summary>
    /// Catches inputs in the wrong order or of a wrong shape, a model that is bound to the size of its description, and
    /// a missing correction.
    /// </summary>
    [Theory]
    [MemberData(nameof(ShippedPriors))]
    public void Every_shipped_prior_agrees(string file) => Fixture.OnDevice(device =>
    {
        PriorWeights prior = Load(file);
        int multiple = prior.Task.Multiple(prior.Architecture);
        OnnxGraph free = new PriorModel(prior).Create(device);
        AssertAgrees(device, prior, free, step: 0, prior.Design.OnlySide is { } only
            ? new Shape(2, prior.Channels, only, only)
            : new Shape(2, prior.Channels, 6 * multiple, 5 * multiple));
        AssertDescribed(prior, file, free);

        int side = prior.Design.OnlySide ?? 4 * multiple;
        OnnxGraph fixedSize = new PriorModel(prior) { Side = side }.Create(device);
        AssertAgrees(device, prior, fixedSize, step: 0, new Shape(1, prior.Channels, side, side));
        using var session = new OnnxSession(fixedSize.ToModel());
        Assert.Equal([-1, prior.Channels, side, side], session.Extents("v"));
    });

    /// <summary>Catches statistics of batch normalization of another step.</summary>
    [Fact]
    public void Each_step_has_its_statistics() => Fixture.OnDevice(device =>
    {
        PriorWeights prior = Load("prior-sr4-paper.safetensors");
        WeightSet twice = prior.Weights;
        foreach ((string name, WeightArray array) in prior.Weights.Arrays)
        {
            if (name.Contains("running_", StringComparison.Ordinal))
            {
                twice = twice.With(
                    Nn.Layers.BatchNorm2d.NameOf(name, 1),
                    array with { Values = Array.ConvertAll(array.Values, value => 1.5f * value) });
            }
        }

        prior = PriorWeights.FromWeights(twice, "twice");
        Assert.Equal(2, prior.Uses);
        var image = new Shape(1, 3, 16, 16);
        float[] first = AssertAgrees(device, prior, new PriorModel(prior).Create(device), step: 0, image);
        float[] second = AssertAgrees(device, prior, new PriorModel(prior) { Step = 1 }.Create(device), step: 1, image);
        Assert.True(OnnxSession.LargestDifference(first, second) > 0.01);
    });

    /// <summary>
    /// Catches an x-update with another v, y or level than the library's, and an operator that is not that of the task.
    /// </summary>
    [Theory]
    [InlineData("prior-sr4-default.safetensors", "inverse-sr4-paper.safetensors")]
    [InlineData("prior-sr4-paper.safetensors", "inverse-sr4-paper.safetensors")]
    [InlineData("prior-deblur-default.safetensors", "inverse-deblur-paper.safetensors")]
    [InlineData("prior-color-sr2-default.safetensors", "inverse-color-sr2-paper.safetensors")]
    [InlineData("prior-mnist-sr4-default.safetensors", "inverse-sr4-paper.safetensors")]
    [InlineData("prior-mnist-sr4-paper.safetensors", "inverse-sr4-paper.safetensors")]
    [InlineData("prior-denoiser.safetensors", "inverse-deblur-paper.safetensors")]
    public void Iterations_with_a_prior_agree(string file, string inverseFile) => Fixture.OnDevice(device =>
    {
        InverseWeights inverse = Assert.Single(InverseSet.Load(Fixture.ModelPath(inverseFile)));
        PriorWeights prior = Load(file, ImageTasks.Deblurring).WithRho(inverse.Problem.Rho);
        int multiple = prior.Task.Multiple(prior.Architecture);
        Shape image = prior.Design.OnlySide is { } only
            ? new Shape(1, prior.Channels, only, only)
            : new Shape(2, prior.Channels, 16 * multiple, 18 * multiple);
        float[] start = Values(image, 1);
        float[] measured = Values(prior.Task.Measured(image), 2);
        using var a = new TaskOperator(device, prior.Task, image);
        using Tensor first = device.Allocate(image, start);
        using Tensor y = device.Allocate(a.MeasurementShape, measured);
        using var loop = new PriorLoop(a, y, prior, new ZSolverChoice(LearnedSolver.Published) { Inverses = [inverse] });
        loop.Start(first);
        OnnxGraph model = new PriorModel(prior).CreateIteration(device, inverse);
        using var session = new OnnxSession(model.ToModel());
        float[] z = start;
        float[] w = new float[start.Length];
        for (int k = 0; k < Iterations; k++)
        {
            loop.Step();
            Dictionary<string, float[]> next = session.Run(
                [
                    ("z", image, z), ("w", image, w), ("y", a.MeasurementShape, measured),
                    .. Level(session, prior, k),
                ]);
            z = next["z_next"];
            w = next["w_next"];
            Assert.InRange(OnnxSession.LargestDifference(loop.X.ToArray(), next["x"]), 0, Tolerance);
            Assert.InRange(OnnxSession.LargestDifference(loop.Z.ToArray(), z), 0, Tolerance);
        }
    });

    /// <summary>Catches sizes, operators and priors that would give a model of another function.</summary>
    [Fact]
    public void What_does_not_fit_is_refused() => Fixture.OnDevice(device =>
    {
        PriorWeights prior = Load("prior-sr4-default.safetensors");
        Assert.Equal("size", Refused(() => new PriorModel(prior) { Side = 30 }.Create(device), "multiple of 4"));
        PriorWeights digits = Load("prior-mnist-sr4-paper.safetensors");
        Assert.Equal("size", Refused(() => new PriorModel(digits) { Side = 32 }.Create(device), "28x28"));
        InverseWeights deblur = InverseSet.Load(Fixture.ModelPath("inverse-deblur-paper.safetensors"))[0];
        Refused(() => new PriorModel(prior).CreateIteration(device, deblur), "motion:9:30");
        InverseWeights sr4 = InverseSet.Load(Fixture.ModelPath("inverse-sr4-paper.safetensors"))[0];
        PriorWeights alone = Load("prior-sr4-alone.safetensors");
        Refused(() => new PriorModel(alone).CreateIteration(device, sr4), "applied once");
    });

    private static string? Refused(Action create, string mention)
    {
        InputException failure = Assert.Throws<InputException>(create);
        Assert.Contains(mention, failure.Message);
        return failure.Parameter;
    }

    private static PriorWeights Load(string file, ImageTask? task = null)
    {
        WeightSet weights = SafeTensorsFile.Load(Fixture.ModelPath(file));
        return PriorWeights.FromWeights(
            weights, file, PriorWeights.IsForEveryTask(weights) ? task ?? ImageTasks.SuperResolution : null);
    }

    private static (string, Shape?, float[])[] Level(OnnxSession session, PriorWeights prior, int step) =>
        session.Inputs.Contains("level") ? [("level", null, [(float)prior.LevelOf(step)])] : [];

    /// <summary>Values in [0, 1].</summary>
    private static float[] Values(Shape shape, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextSingle())];
    }

    private static float[] AssertAgrees(Device device, PriorWeights prior, OnnxGraph model, int step, Shape image)
    {
        Shape measurement = prior.Task.Measured(image);
        float[] values = Values(image, 3);
        float[] measured = Values(measurement, 4);
        float level = (float)prior.LevelOf(step);
        using Tensor v = device.Allocate(image, values);
        using Tensor y = device.Allocate(measurement, measured);
        using Tensor x = device.Allocate(image);
        using Tensor tau = device.Allocate(Shape.Scalar, [level]);
        using var proximal = new LearnedProximal(device, prior, y, image) { Step = step };
        proximal.Apply(v, tau, x);
        using var session = new OnnxSession(model.ToModel());
        float[] actual = session.Run(
            [
                ("v", image, values),
                .. session.Inputs.Contains("y") ? [("y", measurement, measured)] : Array.Empty<(string, Shape?, float[])>(),
                .. Level(session, prior, step),
            ])["x"];
        Assert.InRange(OnnxSession.LargestDifference(x.ToArray(), actual), 0, Tolerance);
        return actual;
    }

    private static void AssertDescribed(PriorWeights prior, string file, OnnxGraph model)
    {
        using var session = new OnnxSession(model.ToModel());
        Assert.Equal(file, session.Metadata["prior"]);
        if (prior.Architecture == PriorArchitecture.Denoiser)
        {
            Assert.Equal(["v", "level"], session.Inputs);
            Assert.Equal("any", session.Metadata["task"]);
            return;
        }

        Assert.Equal(prior.Task.Name, session.Metadata["task"]);
        Assert.Equal(
            prior.Rho, session.Metadata["rho"].Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture)));
        string[] expected = (prior.Architecture, prior.Design) switch
        {
            (PriorArchitecture.Default, _) => ["v", "y", "level"],
            (_, MnistDesign) => ["v"],
            _ => ["v", "y"],
        };
        Assert.Equal(expected, session.Inputs);
    }
}
