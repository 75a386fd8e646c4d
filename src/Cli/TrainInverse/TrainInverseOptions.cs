using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;

namespace InfAdmm.Cli.TrainInverse;

/// <summary>The options of <c>train inverse</c>.</summary>
internal sealed class TrainInverseOptions(OptionBinder options)
{
    /// <summary>Initial weights of the paper's network with filters in pairs of opposite sign.</summary>
    private const string LooksLinearName = "looks-linear";

    private readonly string _initialization = options.WithDefault(
        OptionFactory.Choice("--initialization",
            "Initial weights of the paper's network: filters in pairs of opposite sign, or all independent.",
            LooksLinearName, "random"),
        LooksLinearName);

    /// <summary>The blur H: gaussian:9:1.5, motion:9:30 or a CSV file.</summary>
    public string Kernel { get; } = options.Required(OperatorOptions.KernelOption());

    /// <summary>The stride of the decimation S.</summary>
    public int Stride { get; } = options.Required(OperatorOptions.StrideOption());

    /// <summary>The penalty ρ.</summary>
    public double Rho { get; } = options.Required(OperatorOptions.RhoOption());

    /// <summary>How the blur extends an image beyond its edges.</summary>
    public Boundary Boundary { get; } = OperatorOptions.BoundaryChoice(options);

    /// <summary>The channels of y.</summary>
    public int Channels { get; } = options.WithDefault(
        OptionFactory.Integer("--channels", "N", "Number of channels of y.", minimum: 1), 1);

    /// <summary>The network architecture.</summary>
    public InverseArchitecture Architecture { get; } = options.Choice("--architecture",
        "The network: as published, or without ReLU.", InverseArchitecture.Linear);

    /// <summary>The training time, in seconds.</summary>
    public double Seconds { get; } = options.WithDefault(
        OptionFactory.Positive("--seconds", "S", "Training time in seconds."), 60.0);

    /// <summary>The number of training steps; null to use the time limit.</summary>
    public int? Steps { get; } = options.Optional(OptionFactory.Integer("--steps", "N",
        "Number of training steps, instead of --seconds; the same number gives the same weights.", minimum: 1));

    /// <summary>The weights file to write.</summary>
    public string Weights { get; } = options.Required(
        OptionFactory.Output("--weights", "FILE", "The weights file to write."));

    /// <summary>Whether the initial filters of the paper's network are in pairs of opposite sign.</summary>
    public bool LooksLinear => _initialization == LooksLinearName;
}
