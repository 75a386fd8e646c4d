using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Learned;
using InfAdmm.Solvers.Normal;

namespace InfAdmm.Bench.Solvers;

/// <summary>How time grows with the image: an ADMM iteration at 256² to 2048², and the slope of log time on log pixels.</summary>
internal static class Scaling
{
    private static readonly int[] Sizes = [256, 512, 1024, 2048];

    public static void Run(Device device, TextWriter text)
    {
        InverseWeights[] weights =
        [
            .. ((string[])["linear", "paper"]).Select(architecture => InverseWeights.Load(
                Path.Combine(Machine.Root, "models", $"inverse-sparse-{architecture}.safetensors"))),
        ];
        text.WriteLine();
        text.WriteLine("## Growth, sparse preset, ms an ADMM iteration (two threads, median)");
        text.WriteLine();
        text.WriteLine($"| solver | {string.Join(" | ", Sizes.Select(size => $"{size}²"))} | slope |");
        text.WriteLine($"|---|{string.Concat(Sizes.Select(_ => "---|"))}---|");
        foreach (string solver in (string[])["fft", "cg", "learned-linear", "learned"])
        {
            double[] times = [.. Sizes.Select(size => Time(device, solver, size, weights))];
            string cells = string.Join(" | ", times.Select(t => $"{t * 1e3:0.000}"));
            text.WriteLine($"| {solver} | {cells} | {Slope(times):0.00} |");
        }
    }

    private static double Time(Device device, string solver, int size, InverseWeights[] weights)
    {
        LaplaceSettings settings = LaplaceSettings.Sparse with { Size = size };
        using var problem = LaplaceProblem.Draw(device, settings, 0);
        var context = new ZSolverContext(problem.Operator, problem.Y, settings.Rho) { Weights = weights };
        int iterations = solver == "learned" ? 15 : 60;
        return Measured.Median(Enumerable.Range(0, 3).Select(_ =>
            Measured.Time(problem, settings.Rho, () => ZSolvers.Create(solver, context), iterations).Iteration));
    }

    /// <summary>Least squares of log time on log pixels.</summary>
    private static double Slope(double[] times)
    {
        double[] x = [.. Sizes.Select(size => 2 * Math.Log((double)size))];
        double[] y = [.. times.Select(time => Math.Log(time))];
        double meanX = x.Average();
        double meanY = y.Average();
        return x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
    }
}
