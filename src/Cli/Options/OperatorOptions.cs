using System.CommandLine;
using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Options;

/// <summary>The options of the operator A. Where a value is null, that of the preset is used.</summary>
internal sealed class OperatorOptions(OptionBinder options)
{
    /// <summary>The value of <c>--mask</c> if it is not given.</summary>
    public const string DefaultMask = "random:0.5";

    /// <summary>The value of <c>--kernels</c> for generated kernels.</summary>
    public const string GeneratedField = "field";

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

    /// <summary>Which kind of operator A is.</summary>
    public OperatorKind Kind { get; } = options.Choice("--operator",
        "The operator: a blur, a blur with missing measurements, or a blur that varies across the image.",
        OperatorKind.Blur);

    /// <summary>The measurements that a masked operator keeps: a file, or random:FRACTION.</summary>
    public string? Mask { get; } = options.Optional(OptionFactory.Text("--mask", "MASK",
        "For --operator masked: an .npy file or a picture, not 0 where a measurement is kept, or random:FRACTION; " +
        $"default: {DefaultMask}."));

    /// <summary>The kernels of a varying blur: a folder of CSV files, or field.</summary>
    public string? Kernels { get; } = options.Optional(KernelsOption());

    /// <summary>The penalty ρ.</summary>
    public double? Rho { get; } = options.Optional(RhoOption());

    /// <summary>The option <c>--stride</c>.</summary>
    public static Option<int?> StrideOption() => OptionFactory.Integer("--stride", "S",
        "Stride of the decimation: keeps every S-th pixel of every S-th row.", minimum: 1);

    /// <summary>The option <c>--kernel</c>.</summary>
    public static Option<string> KernelOption() => OptionFactory.Text("--kernel", "KERNEL",
        "The blur: gaussian:SIZE:WIDTH, motion:LENGTH:DEGREES or a CSV file.");

    /// <summary>The option <c>--kernels</c>.</summary>
    public static Option<string> KernelsOption() => OptionFactory.Text("--kernels", "DIR|field",
        "For --operator varying: a folder of n² CSV files, in the order of their names row by row, or field for a " +
        "generated one (the default).");

    /// <summary>The option <c>--rho</c>.</summary>
    public static Option<double?> RhoOption() => OptionFactory.Positive("--rho", "RHO", "The penalty ρ of ADMM.");

    /// <summary>The value of the option <c>--boundary</c>.</summary>
    public static Boundary BoundaryChoice(OptionBinder options) => options.Choice("--boundary",
        "How the blur extends an image beyond its edges.", Boundary.Periodic);
}
