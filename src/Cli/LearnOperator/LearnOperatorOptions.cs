using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers.LearnedOperator;

namespace InfAdmm.Cli.LearnOperator;

/// <summary>The options of <c>learn-operator</c>.</summary>
internal sealed class LearnOperatorOptions(OptionBinder options)
{
    /// <summary>The folder with the folders <c>images</c> and <c>measurements</c>.</summary>
    public string Pairs { get; } = options.Required(OptionFactory.Text("--pairs", "DIR",
        "The folder with the pairs: files of the same name in DIR/images and DIR/measurements; .npy or pictures."));

    /// <summary>The rows and columns of the kernel.</summary>
    public int Size { get; } = options.Required(OptionFactory.Integer("--size", "N",
        "Rows and columns of the kernel.", minimum: 1, maximum: KernelEstimation.LargestSize));

    /// <summary>The stride of the decimation.</summary>
    public int Stride { get; } = options.WithDefault(OperatorOptions.StrideOption(), 1);

    /// <summary>How the blur extends an image beyond its edges.</summary>
    public Boundary Boundary { get; } = OperatorOptions.BoundaryChoice(options);

    /// <summary>The weight of the penalty on the kernel.</summary>
    public double? Ridge { get; } = options.Optional(OptionFactory.NonNegative("--ridge", "R",
        "Weight of the penalty R·‖h‖² beside the mean squared error of values in [0, 1]; default: 0.", maximum: 1e6));

    /// <summary>Whether the entries sum to 1.</summary>
    public bool SumIsOne { get; } = options.Flag("--sum-one", "The entries of the kernel sum to 1.");

    /// <summary>Whether no entry is negative.</summary>
    public bool IsNonNegative { get; } = options.Flag("--non-negative", "No entry of the kernel is below 0.");

    /// <summary>A kernel to compare with; null for none.</summary>
    public string? Truth { get; } = options.Optional(OptionFactory.Text("--truth", "KERNEL",
        "The true kernel, if it is known, to state the error: gaussian:SIZE:WIDTH, motion:LENGTH:DEGREES or a CSV file."));
}
