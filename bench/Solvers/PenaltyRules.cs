using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// The rules for ρ on the sparse problem at 256², from a good ρ and from bad ones: the iterations until the objective
/// of z stays within 0.1 % of the optimum, which a long run with a good ρ computes. The z-solver is fft, which is exact.
/// </summary>
internal static class PenaltyRules
{
    private const int Iterations = 2000;
    private const int OptimumIterations = 4000;
    private const double Closeness = 0.001;
    private static readonly double[] InitialRho = [3e-6, 3e-4, 3e-3, 3e-2, 3];

    private static readonly (string Name, PenaltyRule Rule)[] Rules =
    [
        ("fixed", PenaltyRule.Fixed),
        ("balanced", new ResidualBalancing()),
        ("continued", new Continuation()),
    ];

    public static void Run(Device device, TextWriter text)
    {
        LaplaceSettings settings = LaplaceSettings.Sparse with { Size = 256 };
        using var problem = LaplaceProblem.Draw(device, settings, seed: 0);
        double optimum = Objectives(problem, settings.Rho, PenaltyRule.Fixed, OptimumIterations)[^1].ObjectiveZ;
        text.WriteLine();
        text.WriteLine(
            $"Iterations until the objective of z stays within 0.1 % of the optimum {optimum:0.0}, of {Iterations}; " +
            "in parentheses the last ρ.");
        text.WriteLine();
        text.WriteLine(
            $"| ρ | {string.Join(" | ", Rules.Select(rule => rule.Name))} | continued from ρ to {settings.Rho} |");
        text.WriteLine($"|---|{string.Concat(Rules.Select(_ => "---|"))}---|");
        foreach (double rho in InitialRho)
        {
            string[] cells = [.. Rules.Select(rule => Cell(Objectives(problem, rho, rule.Rule, Iterations), optimum))];
            var toGood = new Continuation((int)Math.Round(Math.Log2(rho / settings.Rho)));
            string last = Cell(Objectives(problem, settings.Rho, toGood, Iterations), optimum);
            text.WriteLine($"| {rho} | {string.Join(" | ", cells)} | {last} |");
        }
    }

    private static IReadOnlyList<IterationReport> Objectives(
        LaplaceProblem problem, double rho, PenaltyRule rule, int iterations)
    {
        using var run = new LaplaceRun(
            problem, new ZSolverContext(problem.Operator, problem.Y, rho), iterations)
        { Penalty = rule };
        return run.Record(ZSolvers.CheapestExact(problem.Operator), null, CancellationToken.None).Records;
    }

    private static string Cell(IReadOnlyList<IterationReport> records, double optimum)
    {
        int needed = records.Count;
        while (needed > 0 && Math.Abs(records[needed - 1].ObjectiveZ - optimum) <= Closeness * optimum)
        {
            needed--;
        }

        string count = needed == records.Count ? $"more than {needed}" : $"{needed + 1}";
        return $"{count} ({records[^1].Rho:0.0e+0})";
    }
}
