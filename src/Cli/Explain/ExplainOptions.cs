using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Explain;

/// <summary>The options of <c>explain</c>.</summary>
/// <param name="Operator">The operator to explain.</param>
/// <param name="Weights">Weights of the learned solvers; null for those shipped.</param>
internal sealed record ExplainOptions(OperatorOptions Operator, string? Weights);
