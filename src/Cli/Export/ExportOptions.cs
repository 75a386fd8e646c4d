using InfAdmm.Cli.Options;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Cli.Export;

/// <summary>The options of <c>export</c>.</summary>
internal sealed class ExportOptions(OptionBinder options)
{
    /// <summary>The trained network.</summary>
    public string Weights { get; } = options.Required(OptionFactory.Text("--weights", "FILE",
        "The trained network: a prior, a denoiser or an inverse; with --iteration the inverse."));

    /// <summary>The model file to write.</summary>
    public string Model { get; } = options.Required(
        OptionFactory.Output("--out", "FILE.onnx", "The ONNX file to write."));

    /// <summary>Whether to write a whole iteration of ADMM.</summary>
    public bool Iteration { get; } = options.Flag("--iteration",
        "Writes one iteration of ADMM with the inverse: from z, w and y to x, z_next and w_next.");

    /// <summary>The prior of the iteration; null for the soft threshold.</summary>
    public string? Prior { get; } = options.Optional(OptionFactory.Text("--prior", "FILE",
        "For --iteration: the prior or denoiser of the x-update; without it, the soft threshold with the input tau."));

    /// <summary>The image task whose operator the iteration has; null for that of the weights.</summary>
    public string? Task { get; } = options.Optional(OptionFactory.Choice("--task",
        "For --iteration: the image task that it is for; default: that of the prior.", [.. ImageTasks.Names]));

    /// <summary>The blur; null for that of the weights.</summary>
    public string? Kernel { get; } = options.Optional(OptionFactory.Text("--kernel", "KERNEL",
        "For --iteration: the blur, which must be that of the inverse: gaussian:SIZE:WIDTH, motion:LENGTH:DEGREES or " +
        "a CSV file; default: that of the inverse."));

    /// <summary>The stride of the decimation; null for that of the weights.</summary>
    public int? Stride { get; } = options.Optional(OptionFactory.Integer("--stride", "S",
        "For --iteration: the stride of the decimation, which must be that of the inverse; default: that of the " +
        "inverse.",
        minimum: 1));

    /// <summary>The penalty ρ of the inverse; null if there is only one.</summary>
    public double? Rho { get; } = options.Optional(OptionFactory.Positive("--rho", "RHO",
        "The penalty ρ of the inverse; needed if the file has inverses for several."));

    /// <summary>Height and width; null if they stay free.</summary>
    public int? Size { get; } = options.Optional(OptionFactory.Integer("--size", "PIXELS",
        "Height and width of the image, of the measurement for an inverse alone; default: free in every run.",
        minimum: 1, maximum: 1 << 15));

    /// <summary>The step of the prior, counted from 1.</summary>
    public int? Step { get; } = options.Optional(OptionFactory.Integer("--step", "K",
        "The step of the loop, from 1, for a prior with running statistics of its own in each step; default: 1.",
        minimum: 1));
}
