using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Laplace;
using InfAdmm.Solvers.Laplace;

namespace InfAdmm.Cli.Tests;

/// <summary>
/// Reports like those of the two presets: many curves coincide by iteration, and the times differ widely.
/// </summary>
internal static class FakeReports
{
    // Milliseconds per iteration, and the fraction of the objective that remains as the solver's error.
    private static readonly (string Name, double Milliseconds, double Bias, int? Inner)[] Solvers =
    [
        ("fft", 2.5, 0, null),
        ("cholesky", 9.5, 1e-7, null),
        ("cg", 3.1, 2e-6, 11),
        ("cg-image", 7.8, 2e-6, 12),
        ("gd", 10, 1e-5, 40),
        ("learned", 5.5, 2e-2, null),
        ("learned-linear", 0.9, 4e-4, null),
        ("scalar", 0.4, 1e-7, null),
    ];

    public static LaplaceReport Paper() =>
        Create("paper", 30, 1, k => 8770 + (17700 - 8770) * Math.Pow(0.45, k - 1) + 500 * Math.Exp(-k / 2.0));

    public static LaplaceReport Sparse() =>
        Create("sparse", 200, 0.0003, k => 7000 + 93000 * (0.95 * Math.Exp(-k / 6.0) + 0.05 * Math.Exp(-k / 25.0)));

    private static LaplaceReport Create(string preset, int iterations, double rho, Func<int, double> objective)
    {
        var solvers = new List<SolverReport>();
        foreach ((string name, double milliseconds, double bias, int? inner) in Solvers)
        {
            IterationReport[] steps =
            [
                .. Enumerable.Range(1, iterations).Select(k => new IterationReport(
                    k,
                    k * milliseconds * 1e-3,
                    objective(k) * 0.99,
                    objective(k) * (1 + bias),
                    1.0 / k,
                    2.0 / k,
                    inner,
                    inner is null ? null : 1e-6,
                    rho)),
            ];
            double last = steps[^1].ObjectiveZ;
            double? reached = bias < 1e-3 ? 0.6 * steps[^1].Seconds : null;
            solvers.Add(new SolverReport(
                name, milliseconds * 1e-2, steps, 0.99 * last, last, bias, null, null, reached, 55.8e-3 / reached, 0));
        }

        return new LaplaceReport(
            "laplace",
            Application.Version,
            new ReportedDevice("cpu", 2),
            new ProblemReport(
                preset, 512, 4, 1, "gaussian:9:1.5", 1, 1, 1, rho, "fixed", iterations, 0, "residual", 0, "periodic",
                "blur", 16384, 8766.1, double.NaN),
            solvers,
            [new SkippedSolver("none", "for the test")])
        {
            ExactSolver = "fft",
        };
    }
}
