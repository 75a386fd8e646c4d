using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// Measures how the time of an ADMM iteration grows with the image, from 256² to 2048², as the slope of log time over
/// log pixels.
/// </summary>
internal static class Scaling
{
    private const double Tolerance = 1e-3;
    private static readonly int[] Sizes = [256, 512, 1024, 2048];
    private static readonly string[] WithoutFourier =
        ["cg", "pcg-circulant", "pcg-local", "pcg-learned", "local", "learned-local"];

    public static void Run(Device device, TextWriter text)
    {
        TrainedInverses trained = ShippedWeights.Inverses();
        text.WriteLine();
        text.WriteLine(
            $"## Growth, sparse problem, ms per ADMM iteration ({device.Threads} threads, best of interleaved rounds)");
        text.WriteLine();
        text.WriteLine($"| operator | solver | {string.Join(" | ", Sizes.Select(size => $"{size}²"))} | slope |");
        text.WriteLine($"|---|---|{string.Concat(Sizes.Select(_ => "---|"))}---|");
        Measure("periodic", ["fft", "cg", "learned-linear", "learned"], settings => settings, iterations: 50, rounds: 6);
        Measure("zero", WithoutFourier, settings => settings with { Boundary = Boundary.Zero }, 16, 3);
        Measure("reflect", WithoutFourier, settings => settings with { Boundary = Boundary.Reflect }, 16, 3);
        Measure("masked", WithoutFourier, settings => settings with { Operator = LaplaceOperator.Masked(0.5) }, 16, 3);
        Measure("varying", WithoutFourier, settings => Operators.Varying(settings, 4), 16, 3);

        void Measure(
            string kind, string[] solvers, Func<LaplaceSettings, LaplaceSettings> change, int iterations, int rounds)
        {
            var times = solvers.ToDictionary(solver => solver, _ => Sizes.Select(_ => new List<double>()).ToArray());
            for (int i = 0; i < Sizes.Length; i++)
            {
                LaplaceSettings settings = change(LaplaceSettings.Sparse) with { Size = Sizes[i] };
                using var problem = LaplaceProblem.Draw(device, settings, 0);
                var context = new ZSolverContext(problem.Operator, problem.Y, settings.Rho)
                {
                    Weights = trained.Networks,
                    Filters = trained.Filters,
                    InnerLoop = kind == "periodic"
                        ? InnerLoopSpec.Default
                        : InnerLoopSpec.Default with { Tolerance = (float)Tolerance },
                };
                for (int round = 0; round < rounds; round++)
                {
                    // Each round starts with a different solver; the first round is a warm-up.
                    int first = round % solvers.Length;
                    foreach (string solver in solvers[first..].Concat(solvers[..first]))
                    {
                        IZUpdate Create() => ZSolvers.Create(solver, context);
                        double time = UpdateTiming.Time(
                            problem, settings.Rho, Create, solver == "learned" ? 9 : iterations).Iteration;
                        if (round > 0)
                        {
                            times[solver][i].Add(time);
                        }
                    }
                }
            }

            foreach (string solver in solvers)
            {
                double[] best = [.. times[solver].Select(measured => measured.Min())];
                string cells = string.Join(" | ", best.Select(t => $"{t * 1e3:0.000}"));
                string row = $"| {kind} | {solver} | {cells} | {Slope(best):0.00} |";
                text.WriteLine(row);
                Console.Error.WriteLine(row);
            }
        }
    }

    /// <summary>The least-squares slope of log time over log pixels.</summary>
    private static double Slope(double[] times)
    {
        double[] x = [.. Sizes.Select(size => 2 * Math.Log((double)size))];
        double[] y = [.. times.Select(time => Math.Log(time))];
        double meanX = x.Average();
        double meanY = y.Average();
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }
}
