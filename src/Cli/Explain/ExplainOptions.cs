using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Explain;

/// <summary>The options of <c>explain</c>.</summary>
internal sealed class ExplainOptions(OptionBinder options)
{
    /// <summary>The operator to explain.</summary>
    public OperatorOptions Operator { get; } = new(options);

    /// <summary>Weights of the learned solvers; null for those that come with the program.</summary>
    public string? Weights { get; } = options.Optional(OptionFactory.Text("--weights", "FILE",
        "Weights of a learned solver."));
}
