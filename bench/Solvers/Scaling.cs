using InfAdmm.Engine;
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
    private const int Rounds = 6;
    private static readonly string[] Solvers = ["fft", "cg", "learned-linear", "learned"];
    private static readonly int[] Sizes = [256, 512, 1024, 2048];

    public static void Run(Device device, TextWriter text)
    {
        InverseWeights[] weights =
        [
            .. ((string[])["linear", "paper"]).Select(architecture => InverseWeights.Load(
                Path.Combine(Machine.Root, "models", $"inverse-sparse-{architecture}.safetensors"))),
        ];
        text.WriteLine();
        text.WriteLine("## Growth, sparse preset, ms per ADMM iteration (two threads, best of interleaved rounds)");
        text.WriteLine();
        text.WriteLine($"| solver | {string.Join(" | ", Sizes.Select(size => $"{size}²"))} | slope |");
        text.WriteLine($"|---|{string.Concat(Sizes.Select(_ => "---|"))}---|");
        var times = Solvers.ToDictionary(solver => solver, _ => Sizes.Select(_ => new List<double>()).ToArray());
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < Sizes.Length; i++)
            {
                LaplaceSettings settings = LaplaceSettings.Sparse with { Size = Sizes[i] };
                using var problem = LaplaceProblem.Draw(device, settings, 0);
                var context = new ZSolverContext(problem.Operator, problem.Y, settings.Rho) { Weights = weights };

                // Each round starts with a different solver; the first round is a warm-up.
                int first = round % Solvers.Length;
                foreach (string solver in Solvers[first..].Concat(Solvers[..first]))
                {
                    int iterations = solver == "learned" ? 9 : 50;
                    IZUpdate Create() => ZSolvers.Create(solver, context);
                    double time = UpdateTiming.Time(problem, settings.Rho, Create, iterations).Iteration;
                    if (round > 0)
                    {
                        times[solver][i].Add(time);
                    }
                }
            }
        }

        foreach (string solver in Solvers)
        {
            double[] best = [.. times[solver].Select(rounds => rounds.Min())];
            string cells = string.Join(" | ", best.Select(t => $"{t * 1e3:0.000}"));
            text.WriteLine($"| {solver} | {cells} | {Slope(best):0.00} |");
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
