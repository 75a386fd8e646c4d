using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// Compares all z-solvers on operators with and without a Fourier inverse at equal z error, over real ADMM runs on the
/// sparse problem: each with the loosest tolerance, or the fewest refinements, that keeps the error of every iteration
/// within the goal. Times are the best of interleaved rounds, where a round is the mean of 50 iterations. A solver that
/// takes more than four times as long as the best at the smaller size is left out at the larger one. Each row ends with
/// the solver and the setting that <see cref="SolverSelection"/> chooses for these iterations, and how much longer they
/// take, set-up included, than with the best; unless it is one of the others, it is timed in the same rounds, and its
/// error is measured.
/// </summary>
internal static class Operators
{
    private const int Iterations = 16;
    private const int Rounds = 3;
    private const string StrideOne = "varying, stride 1";
    private const int TimedIterations = 50;
    private const double LongSetup = 0.2;
    private const double SlowFactor = 4;
    private static readonly double[] Goals = [1e-3, 1e-6];
    private static readonly double[] Penalties = [1e-1, 1e-2, 1e-3];
    private static readonly int[] Sizes = [256, 512];
    private static readonly InnerLoopSpec Tightest = InnerLoopSpec.Default with { Tolerance = 1e-7f };

    private static readonly (string Name, Func<LaplaceSettings, LaplaceSettings> Change)[] Kinds =
    [
        ("periodic", settings => settings),
        ("zero", settings => settings with { Boundary = Boundary.Zero }),
        ("reflect", settings => settings with { Boundary = Boundary.Reflect }),
        ("masked", settings => settings with { Operator = LaplaceOperator.Masked(0.5) }),
        ("varying", settings => Varying(settings, 4)),
        ("varying, stride 2", settings => Varying(settings, 2)),
        (StrideOne, settings => Varying(settings, 1)),
    ];

    public static void Run(Device device, TextWriter text)
    {
        text.WriteLine();
        text.WriteLine(
            $"## Operators: z-updates at equal error over {Iterations} ADMM iterations, sparse problem, stride 4 " +
            $"unless stated ({device.Threads} threads)");
        TrainedInverses trained = ShippedWeights.Inverses();
        foreach ((string name, Func<LaplaceSettings, LaplaceSettings> change) in Kinds)
        {
            var slow = new HashSet<(double, double, ZSolver)>();
            foreach (int size in Sizes)
            {
                // A Aᵀ with stride 1 has 289 entries a row: too many for the reference at 512².
                if (name == StrideOne && size > Sizes[0])
                {
                    continue;
                }

                text.WriteLine();
                text.WriteLine($"### {name}, {size}²");
                text.WriteLine();
                text.WriteLine("| ρ | z error ≤ | solver: set-up; ms per iteration; inner iterations or refinements |");
                text.WriteLine("|---|---|---|");
                foreach (double rho in Penalties)
                {
                    LaplaceSettings settings = change(LaplaceSettings.Sparse) with { Size = size, Rho = rho };
                    using var problem = LaplaceProblem.Draw(device, settings, 0);
                    var context = new ZSolverContext(problem.Operator, problem.Y, rho)
                    {
                        InnerLoop = Tightest,
                        Weights = trained.Networks,
                        Filters = trained.Filters,
                    };
                    var reference = new RecordedSequence(problem, rho, Iterations);
                    foreach (double goal in Goals)
                    {
                        string row = $"| {rho:0e+0} | {goal:0e+0} | {Row(problem, context, reference, goal, slow)} |";
                        text.WriteLine(row);
                        Console.Error.WriteLine($"{name} {size} {row}");
                    }
                }
            }
        }
    }

    /// <summary>The sparse problem with the generated varying blur.</summary>
    public static LaplaceSettings Varying(LaplaceSettings settings, int stride) => settings with
    {
        Stride = stride,
        Operator = LaplaceOperator.Varying(KernelField.Field(4, 4, settings.Kernel.Height)),
    };

    private static string Row(
        LaplaceProblem problem, ZSolverContext context, RecordedSequence reference, double goal,
        HashSet<(double, double, ZSolver)> slow)
    {
        var entries = new List<Entry>();
        foreach (ZSolver solver in ZSolvers.All)
        {
            if (!slow.Contains((context.Rho, goal, solver)) && solver.WhyNot(context) is null && Loosest(solver, context, reference, goal) is { } entry)
            {
                entries.Add(entry);
            }
        }

        Entry automatic = Automatic(problem, context, reference, goal, entries);
        for (int round = 0; round < Rounds; round++)
        {
            // One round is enough to see that a slow solver is far behind.
            foreach (Entry entry in entries.Append(automatic).Distinct().Where(entry => round == 0 || !IsLong(entry)))
            {
                entry.Seconds.Add(
                    UpdateTiming.Time(problem, context.Rho, () => entry.Solver.Create(entry.Context), TimedIterations).Mean);
            }
        }

        bool IsLong(Entry entry) =>
            entry.SetupSeconds > LongSetup || entry.Seconds.Min() > SlowFactor * entries.Min(other => other.Seconds.Min());
        double best = entries.Min(entry => entry.Seconds.Min());
        foreach (Entry entry in entries.Where(entry => entry.Seconds.Min() > SlowFactor * best))
        {
            slow.Add((context.Rho, goal, entry.Solver));
        }

        return string.Join(
            "<br>",
            [
                .. entries.OrderBy(entry => entry.Seconds.Min()).Select(Describe),
                $"auto: {Describe(automatic)}{Against(entries, automatic, goal)}",
            ]);
    }

    private static Entry Automatic(
        LaplaceProblem problem, ZSolverContext context, RecordedSequence reference, double goal,
        IReadOnlyList<Entry> entries)
    {
        SolverSetting setting = SolverSelection.Choose(
            context, TimedIterations, goal, proximal: new SoftThreshold(), tau: (float)problem.Threshold(context.Rho));
        return entries.FirstOrDefault(entry => new SolverSetting(entry.Solver, entry.Context) == setting)
            ?? Measured(setting, context, reference, double.PositiveInfinity);
    }

    private static string Against(IReadOnlyList<Entry> entries, Entry automatic, double goal)
    {
        return $" ({Total(automatic) / entries.Min(Total):0.00}×)" +
            (automatic.Error > goal ? $", error {automatic.Error:0.0e-0}" : "");

        static double Total(Entry entry) => entry.SetupSeconds + TimedIterations * entry.Seconds.Min();
    }

    private static Entry Measured(
        SolverSetting setting, ZSolverContext context, RecordedSequence reference, double errorLimit)
    {
        ZSolverContext own = setting.Of(context);
        double setup = Math.Min(SetupSeconds(setting.Solver, own), SetupSeconds(setting.Solver, own));
        double error = reference.LargestError(() => setting.Solver.Create(own), errorLimit, out double inner);
        return new Entry(setting.Solver, own, setup, inner, error, []);
    }

    private static string Describe(Entry entry) =>
        $"{entry.Solver.Name}: {entry.SetupSeconds * 1e3:0.0}; {entry.Seconds.Min() * 1e3:0.000}" +
        (entry.Solver.HasInnerLoop ? $"; {entry.Inner:0.#} its."
            : entry.Context.Refinements > 0 ? $"; {entry.Context.Refinements} ref." : "");

    private static double SetupSeconds(ZSolver solver, ZSolverContext context)
    {
        long start = Stopwatch.GetTimestamp();
        solver.Create(context).Dispose();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The loosest setting of a solver that reaches the goal, by bisection; null if none does.</summary>
    private static Entry? Loosest(ZSolver solver, ZSolverContext context, RecordedSequence reference, double goal)
    {
        IReadOnlyList<SolverSetting> settings = SolverSetting.LeastAccurateFirst(solver, context);
        Entry? best = null;
        int low = 0;
        int high = settings.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            Entry entry = Measured(settings[middle], context, reference, goal);
            if (entry.Error <= goal)
            {
                best = entry;
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return best;
    }

    private sealed record Entry(
        ZSolver Solver, ZSolverContext Context, double SetupSeconds, double Inner, double Error, List<double> Seconds);
}
