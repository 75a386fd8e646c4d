namespace InfAdmm.Cli;

/// <summary>The options of <c>evaluate</c>.</summary>
/// <param name="Task">What is measured.</param>
/// <param name="Prior">Of the learned methods.</param>
/// <param name="Rho">ADMM runs with each; null for what was trained.</param>
/// <param name="Data">The data set's file or folder.</param>
/// <param name="Split">The part of it that is reported.</param>
/// <param name="Limit">At most so many images; null for all.</param>
/// <param name="Iterations">Of the methods that iterate; null for each one's own count.</param>
/// <param name="Methods">Some of <see cref="RestorationMethods.Names"/>; null for all that make sense.</param>
internal sealed record EvaluateOptions(
    TaskOptions Task, PriorOptions Prior, IReadOnlyList<double>? Rho, string Data, DataSplit Split, int? Limit,
    int? Iterations, IReadOnlyList<string>? Methods);

/// <summary>The options of <c>degrade</c>.</summary>
/// <param name="Task">What is measured.</param>
/// <param name="Files">The images.</param>
internal sealed record DegradeOptions(TaskOptions Task, IReadOnlyList<string> Files);
