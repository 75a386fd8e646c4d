using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Cli;

/// <summary>The options of <c>evaluate</c>.</summary>
/// <param name="Task">What is measured.</param>
/// <param name="Methods">Which methods are compared, and with what.</param>
/// <param name="Data">The data set's file or folder.</param>
/// <param name="Split">The part of it that is reported.</param>
/// <param name="Limit">At most so many images; null for all.</param>
internal sealed record EvaluateOptions(
    TaskOptions Task, MethodOptions Methods, string Data, DataSplit Split, int? Limit);

/// <summary>The options of <c>degrade</c>.</summary>
/// <param name="Task">What is measured.</param>
/// <param name="Files">The images.</param>
internal sealed record DegradeOptions(TaskOptions Task, IReadOnlyList<string> Files);
