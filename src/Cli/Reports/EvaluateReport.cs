using InfAdmm.Engine;
using InfAdmm.Imaging.Evaluation;

namespace InfAdmm.Cli;

/// <summary>The JSON of <c>evaluate</c>, and what its table and figures are made from. Null: does not apply.</summary>
/// <param name="Command">evaluate.</param>
/// <param name="Task">The task's name.</param>
/// <param name="Data">The data set as it was typed.</param>
/// <param name="Images">How many were restored.</param>
/// <param name="Device">What computed.</param>
/// <param name="Methods">How each did.</param>
internal sealed record EvaluateReport(
    string Command, string Task, string Data, int Images, ReportedDevice Device, IReadOnlyList<MethodReport> Methods);
