using System.CommandLine;
using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Options;

/// <summary>The options of the operator A = S H. Where a value is null, that of the preset is used.</summary>
internal sealed class OperatorOptions(OptionBinder options)
{
    /// <summary>One of <see cref="LaplaceSettings.Presets"/>.</summary>
    public string Preset { get; } = options.WithDefault(OptionFactory.Choice("--preset",
        "The problem that the other options change.", [.. LaplaceSettings.Presets.Keys]), "paper");

    /// <summary>Height and width of x, in pixels.</summary>
    public int? Size { get; } = options.Optional(OptionFactory.Integer("--size", "PIXELS",
        "Height and width of x, in pixels.", minimum: 1));

    /// <summary>The stride of the decimation S.</summary>
    public int? Stride { get; } = options.Optional(StrideOption());

    /// <summary>The blur H: gaussian:9:1.5, motion:9:30 or a CSV file.</summary>
    public string? Kernel { get; } = options.Optional(KernelOption());

    /// <summary>How the blur extends an image beyond its edges.</summary>
    public Boundary Boundary { get; } = BoundaryChoice(options);

    /// <summary>The penalty ρ.</summary>
    public double? Rho { get; } = options.Optional(RhoOption());

    /// <summary>The option <c>--stride</c>.</summary>
    public static Option<int?> StrideOption() => OptionFactory.Integer("--stride", "S",
        "Stride of the decimation: keeps every S-th pixel of every S-th row.", minimum: 1);

    /// <summary>The option <c>--kernel</c>.</summary>
    public static Option<string> KernelOption() => OptionFactory.Text("--kernel", "KERNEL",
        "The blur: gaussian:SIZE:WIDTH, motion:LENGTH:DEGREES or a CSV file.");

    /// <summary>The option <c>--rho</c>.</summary>
    public static Option<double?> RhoOption() => OptionFactory.Positive("--rho", "RHO", "The penalty ρ of ADMM.");

    /// <summary>The value of the option <c>--boundary</c>.</summary>
    public static Boundary BoundaryChoice(OptionBinder options) => options.Choice("--boundary",
        "How the blur extends an image beyond its edges.", Boundary.Periodic);
}
