namespace InfAdmm.Cli.LearnOperator;

/// <summary>The JSON report of <c>learn-operator</c>.</summary>
/// <param name="Command">The command: learn-operator.</param>
/// <param name="Version">The version of the program.</param>
/// <param name="Kernel">The rows of the kernel.</param>
/// <param name="File">The CSV file of the kernel.</param>
/// <param name="Residual">The root mean square of y − A x, for values in [0, 1].</param>
/// <param name="Pairs">The number of pairs.</param>
/// <param name="RelativeError">‖h − truth‖/‖truth‖; null if no true kernel was given.</param>
internal sealed record LearnOperatorReport(
    string Command, string Version, IReadOnlyList<IReadOnlyList<double>> Kernel, string File, double Residual, int Pairs,
    double? RelativeError);
