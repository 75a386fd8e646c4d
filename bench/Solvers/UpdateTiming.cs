using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Bench.Solvers;

/// <summary>Wraps a z-solver and measures the time of its z-updates within real ADMM iterations.</summary>
internal sealed class ClockedSolver(IZUpdate inner) : IZUpdate
{
    private readonly List<double> _seconds = [];

    public int InnerIterations => inner.InnerIterations;

    /// <summary>False: reading the host's clock cannot be recorded.</summary>
    public bool IsRecordable => false;

    public void Solve(Tensor q, Tensor z)
    {
        long start = Stopwatch.GetTimestamp();
        inner.Solve(q, z);
        z.Device.Synchronize();
        _seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>The median time of a z-update, in seconds.</summary>
    public double Median => _seconds.Median();

    public void Dispose() => inner.Dispose();
}

/// <summary>Measurements shared by the benchmarks.</summary>
internal static class UpdateTiming
{
    /// <summary>
    /// Returns the median times of a z-update and of a whole iteration, and the mean of the latter, in seconds.
    /// </summary>
    public static (double Update, double Iteration, double Mean) Time(
        LaplaceProblem problem, double rho, Func<IZUpdate> create, int iterations)
    {
        using var normal = new ClockedSolver(create());
        using Admm admm = CreateAdmm(problem, rho, normal);
        var seconds = new List<double>();
        for (int k = 0; k < iterations; k++)
        {
            long start = Stopwatch.GetTimestamp();
            admm.Step();
            problem.Operator.Device.Synchronize();
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return (normal.Median, seconds.Median(), seconds.Average());
    }

    /// <summary>Returns the largest relative z error over the first iterations.</summary>
    public static double LargestError(LaplaceProblem problem, double rho, IZUpdate normal, int iterations)
    {
        using Admm admm = CreateAdmm(problem, rho, normal);
        var reference = ExactReference.Create(problem.Operator, problem.Y, rho)!;
        double largest = 0;
        for (int k = 0; k < iterations; k++)
        {
            admm.Step();
            largest = Math.Max(largest, reference.RelativeError(admm.Q, admm.Z));
        }

        return largest;
    }

    /// <summary>The ADMM loop of a problem.</summary>
    public static Admm CreateAdmm(LaplaceProblem problem, double rho, IZUpdate normal) => new(
        problem.Operator.Device, problem.Operator.ImageShape, normal, new SoftThreshold(), (float)rho,
        (float)problem.Threshold(rho));
}
