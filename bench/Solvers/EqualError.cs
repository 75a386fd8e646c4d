using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// Compares fft, cg and learned-linear at equal z error on the sparse preset: cg with the loosest tolerance that
/// reaches the error, learned-linear with the cheapest kernel and number of refinements that does. Each time is the
/// best of interleaved rounds, where a round is the median of its iterations: other load on the machine can only add
/// time.
/// </summary>
internal static class EqualError
{
    private const int ErrorIterations = 12;
    private const int TimedIterations = 100;
    private const int Rounds = 7;
    private static readonly int[] Sizes = [256, 512, 1024];
    private static readonly double[] Goals = [1e-3, 1e-4, 1e-6];

    public static void Run(Device device, TextWriter text)
    {
        string weightsFile = Path.Combine(Machine.Root, "models", "inverse-sparse-linear.safetensors");
        PeriodicKernel kernel = InverseWeights.Load(weightsFile).Collapse(device);
        text.WriteLine();
        text.WriteLine("## Equal z error, sparse preset, µs per z-update (two threads, best of interleaved rounds)");
        text.WriteLine();
        text.WriteLine("| size | z error ≤ | fft | cg | learned-linear | winner | learned-linear / best | how |");
        text.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (int size in Sizes)
        {
            foreach (double goal in Goals)
            {
                text.WriteLine(Row(device, kernel, size, goal));
            }
        }
    }

    private static string Row(Device device, PeriodicKernel kernel, int size, double goal)
    {
        LaplaceSettings settings = LaplaceSettings.Sparse;
        using var problem = LaplaceProblem.Draw(device, settings with { Size = size }, 0);
        double tolerance = LoosestTolerance(problem, settings.Rho, goal);
        (double simplify, int refine) = CheapestKernel(problem, settings.Rho, kernel, goal);
        Func<IZUpdate>[] solvers =
        [
            () => ZSolvers.Create("fft", new ZSolverContext(problem.Operator, problem.Y, settings.Rho)),
            () => ConjugateGradients(problem, settings.Rho, tolerance),
            () => Learned(problem, settings.Rho, kernel, simplify, refine),
        ];
        double[] errors = [.. solvers.Select(create => Error(problem, settings.Rho, create, ErrorIterations))];
        if (errors.Any(error => !(error <= goal)))
        {
            throw new InvalidOperationException($"{size}²: a solver misses {goal}: {string.Join(", ", errors)}");
        }

        var times = solvers.Select(_ => new List<double>()).ToArray();
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < solvers.Length; i++)
            {
                times[i].Add(UpdateTiming.Time(problem, settings.Rho, solvers[i], TimedIterations).Update);
            }
        }

        double[] best = [.. times.Select(rounds => rounds.Min())];
        string[] names = ["fft", "cg", "learned-linear"];
        string[] cells = [.. best.Select((t, i) => $"{t * 1e6:0} ({errors[i]:0.0e+0})")];
        string winner = names[Array.IndexOf(best, best.Min())];
        PeriodicKernel used = kernel.Simplify(simplify);
        string how = $"{used.Height}×{used.Width} kernel, {refine} refinements; cg to {tolerance:0e+0}";
        return $"| {size}² | {goal:0e+0} | {string.Join(" | ", cells)} | {winner} | " +
            $"{best[2] / best.Min():0.00} | {how} |";
    }

    private static double LoosestTolerance(LaplaceProblem problem, double rho, double goal)
    {
        foreach (double tolerance in (double[])[3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7])
        {
            if (Error(problem, rho, () => ConjugateGradients(problem, rho, tolerance), ErrorIterations) <= goal)
            {
                return tolerance;
            }
        }

        return 1e-7;
    }

    /// <summary>Returns the simplification with the fastest z-update among those that reach the error.</summary>
    private static (double Simplify, int Refine) CheapestKernel(
        LaplaceProblem problem, double rho, PeriodicKernel kernel, double goal)
    {
        (double Simplify, int Refine) best = (1e-7, 1);
        double bestTime = double.PositiveInfinity;
        foreach (int refine in (int[])[0, 1])
        {
            foreach (double simplify in (double[])[1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 1e-6])
            {
                IZUpdate Create() => Learned(problem, rho, kernel, simplify, refine);
                if (Error(problem, rho, Create, ErrorIterations) > goal)
                {
                    continue;
                }

                double time = Statistics.Median(Enumerable.Range(0, Rounds)
                    .Select(_ => UpdateTiming.Time(problem, rho, Create, TimedIterations / 2).Update));
                best = time < bestTime ? (simplify, refine) : best;
                bestTime = Math.Min(time, bestTime);
                break;
            }
        }

        return best;
    }

    private static double Error(LaplaceProblem problem, double rho, Func<IZUpdate> create, int iterations)
    {
        using IZUpdate normal = create();
        return UpdateTiming.LargestError(problem, rho, normal, iterations);
    }

    private static IZUpdate ConjugateGradients(LaplaceProblem problem, double rho, double tolerance) =>
        ZSolvers.Create(
            "cg",
            new ZSolverContext(problem.Operator, problem.Y, rho)
            {
                InnerLoop = InnerLoopSpec.Default with { Tolerance = (float)tolerance },
            });

    private static MeasurementUpdate Learned(
        LaplaceProblem problem, double rho, PeriodicKernel kernel, double simplify, int refine)
    {
        ILinearOperator a = problem.Operator;
        var inverse = new KernelInverse(a.Device, kernel.Simplify(simplify), a.MeasurementShape);
        return new MeasurementUpdate(a, problem.Y, rho, inverse, refine);
    }
}
