using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Cli.TrainInverse;

/// <summary>The options of <c>train inverse</c>.</summary>
internal sealed class TrainInverseOptions(OptionBinder options)
{
    /// <summary>First weights of the paper's network whose filters come in pairs of opposite sign.</summary>
    private const string LooksLinearName = "looks-linear";

    private readonly string _initialization = options.WithDefault(
        OptionFactory.Choice("--initialization",
            "First weights of the paper's network: filters in pairs of opposite sign, or all independent.",
            LooksLinearName, "random"),
        LooksLinearName);

    /// <summary>The blur H: gaussian:9:1.5, motion:9:30 or a CSV file.</summary>
    public string Kernel { get; } = options.Required(OperatorOptions.KernelOption());

    /// <summary>The step of the decimation S.</summary>
    public int Stride { get; } = options.Required(OperatorOptions.StrideOption());

    /// <summary>The penalty ρ.</summary>
    public double Rho { get; } = options.Required(OperatorOptions.RhoOption());

    /// <summary>What the blur finds beyond the edge of an image.</summary>
    public Boundary Boundary { get; } = OperatorOptions.BoundaryChoice(options);

    /// <summary>Channels of y.</summary>
    public int Channels { get; } = options.WithDefault(
        OptionFactory.Integer("--channels", "N", "Channels of y.", minimum: 1), 1);

    /// <summary>The network.</summary>
    public InverseArchitecture Architecture { get; } = options.Choice("--architecture",
        "The network: as published, or without ReLU.", InverseArchitecture.Linear);

    /// <summary>How long to train.</summary>
    public double Seconds { get; } = options.WithDefault(
        OptionFactory.Positive("--seconds", "S", "How long to train."), 60.0);

    /// <summary>How many steps to train; null to go by the seconds.</summary>
    public int? Steps { get; } = options.Optional(OptionFactory.Integer("--steps", "N",
        "How many steps to train, instead of --seconds: the same count gives the same weights.", minimum: 1));

    /// <summary>The file to write.</summary>
    public string Weights { get; } = options.Required(OptionFactory.Text("--weights", "FILE", "The file to write."));

    /// <summary>Whether the first filters of the paper's network come in pairs of opposite sign.</summary>
    public bool LooksLinear => _initialization == LooksLinearName;
}
