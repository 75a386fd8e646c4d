using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Bench.Gpu;

/// <summary>Compares a few steps of ADMM on a device with the CPU backend.</summary>
internal static class AdmmCheck
{
    private const int Steps = 10;
    private static readonly LaplaceSettings Settings = LaplaceSettings.Sparse with { Size = 32 };

    /// <summary>The z-solvers that apply to the problem.</summary>
    public static IReadOnlyList<string> Solvers { get; } =
        ["fft", "cholesky", "cg", "cg-image", "gd", "learned", "learned-linear"];

    /// <summary>Returns how z differs after the steps; null if it agrees.</summary>
    public static string? Run(Device device, string solver, double tolerance)
    {
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        return ConformanceCheck.Difference(Iterate(cpu, solver), Iterate(device, solver), tolerance);
    }

    private static float[] Iterate(Device device, string solver)
    {
        using LaplaceProblem problem = LaplaceProblem.Draw(device, Settings, seed: 0);
        var context = new ZSolverContext(problem.Operator, problem.Y, Settings.Rho)
        {
            Weights = ShippedWeights.Inverses().Networks,
        };
        using IZUpdate normal = ZSolvers.Create(solver, context);
        using var admm = new Admm(
            device, problem.Operator.ImageShape, normal, new SoftThreshold(), (float)Settings.Rho,
            (float)problem.Threshold(Settings.Rho));
        for (int i = 0; i < Steps; i++)
        {
            admm.Step();
        }

        return admm.Z.ToArray();
    }
}
