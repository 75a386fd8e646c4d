using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Bench.Gpu;

/// <summary>The sparse preset of the Laplace experiment with one z-solver.</summary>
internal sealed record AdmmOfSolver(string Solver, LaplaceProblem Problem, ZSolverContext Context, IZUpdate Normal, Admm Admm);

/// <summary>The sparse preset with each z-solver that a GPU runs.</summary>
internal static class AdmmBySolver
{
    private static readonly string[] Solvers = ["fft", "cg", "cg-image", "gd", "learned", "learned-linear"];

    /// <summary>Creates the loop of each z-solver in turn, at the start, and uses it.</summary>
    public static void Run(Device device, int size, Action<AdmmOfSolver> use)
    {
        LaplaceSettings settings = LaplaceSettings.Sparse with { Size = size };
        using LaplaceProblem problem = LaplaceProblem.Draw(device, settings, seed: 0);
        var context = new ZSolverContext(problem.Operator, problem.Y, settings.Rho)
        {
            Weights = ShippedWeights.Inverses().Networks,
        };
        foreach (string solver in Solvers)
        {
            using IZUpdate normal = ZSolvers.Create(solver, context);
            using var admm = new Admm(
                device, problem.Operator.ImageShape, normal, new SoftThreshold(), (float)settings.Rho,
                (float)problem.Threshold(settings.Rho));
            use(new AdmmOfSolver(solver, problem, context, normal, admm));
        }
    }
}
