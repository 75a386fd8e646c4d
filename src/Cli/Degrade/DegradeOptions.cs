using InfAdmm.Cli.Options;

namespace InfAdmm.Cli.Degrade;

/// <summary>The options of <c>degrade</c>.</summary>
/// <param name="Task">What is measured.</param>
/// <param name="Files">The images.</param>
internal sealed record DegradeOptions(TaskOptions Task, IReadOnlyList<string> Files);
