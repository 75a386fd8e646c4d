using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Explain;

/// <summary>The options of <c>explain</c>.</summary>
internal sealed class ExplainOptions(OptionBinder options)
{
    /// <summary>The operator to explain.</summary>
    public OperatorOptions Operator { get; } = new(options);

    /// <summary>The weights file of the learned solvers; null for the built-in weights.</summary>
    public string? Weights { get; } = options.Optional(OptionFactory.Text("--weights", "FILE",
        "Weights of a learned solver, from 'train inverse'."));
}
