using System.Text.Json.Serialization;
using InfAdmm.Cli.Devices;
using InfAdmm.Imaging.Evaluation;

namespace InfAdmm.Cli.Evaluate;

/// <summary>
/// The JSON report of <c>evaluate</c>, from which its table and figures are made. Null means not applicable.
/// </summary>
/// <param name="Command">The command: evaluate.</param>
/// <param name="Task">The name of the task.</param>
/// <param name="Data">The data set as given on the command line.</param>
/// <param name="Images">The number of images restored.</param>
/// <param name="Device">The device that computed the results.</param>
/// <param name="Methods">The results of each method.</param>
internal sealed record EvaluateReport(
    string Command, string Task, string Data, int Images, ReportedDevice Device, IReadOnlyList<MethodReport> Methods)
{
    /// <summary>Whether certificates were asked for.</summary>
    [JsonIgnore]
    public bool IsCertified { get; init; }
}
