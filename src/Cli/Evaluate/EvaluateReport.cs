using InfAdmm.Cli.Devices;
using InfAdmm.Imaging.Evaluation;

namespace InfAdmm.Cli.Evaluate;

/// <summary>The JSON of <c>evaluate</c>, and what its table and figures are made from. Null: does not apply.</summary>
/// <param name="Command">evaluate.</param>
/// <param name="Task">The task's name.</param>
/// <param name="Data">The data set as it was typed.</param>
/// <param name="Images">The count of images restored.</param>
/// <param name="Device">The device that ran.</param>
/// <param name="Methods">The results of each.</param>
internal sealed record EvaluateReport(
    string Command, string Task, string Data, int Images, ReportedDevice Device, IReadOnlyList<MethodReport> Methods);
