using InfAdmm.Cli;
using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Normal;
using InfAdmm.Solvers.Proximal;

namespace InfAdmm.Bench.Gpu;

/// <summary>ADMM iterations of the sparse preset, captured, by z-solver and size; and the files of the peer.</summary>
internal static class IterationBench
{
    /// <summary>The size that the PyTorch peer runs.</summary>
    public const int PeerSize = 512;

    /// <summary>The iterations after which the peer's z is compared.</summary>
    public const int PeerIterations = 5;

    private static readonly int[] Sizes = [64, 128, 256, 512, 1024];
    private static readonly string[] Solvers = ["fft", "cg", "cg-image", "gd", "learned", "learned-linear"];

    public static IReadOnlyList<IterationRow> Run(Device device, string directory)
    {
        var rows = new List<IterationRow>();
        foreach (int size in Sizes)
        {
            using LaplaceProblem problem = LaplaceProblem.Draw(
                device, LaplaceSettings.Sparse with { Size = size }, seed: 0);
            var context = new ZSolverContext(problem.Operator, problem.Y, LaplaceSettings.Sparse.Rho)
            {
                Weights = ShippedWeights.Inverses(),
            };
            foreach (string solver in Solvers)
            {
                using INormalSolver normal = ZSolvers.Create(solver, context);
                using var admm = new Admm(
                    device, problem.Operator.ImageShape, normal, new SoftThreshold(), (float)context.Rho,
                    (float)problem.Threshold(context.Rho));
                admm.Prepare();
                if (size == PeerSize && solver == "learned")
                {
                    WritePeer(directory, problem, admm);
                }

                double seconds = DeviceTiming.InLoop(device, admm.Step);
                rows.Add(new IterationRow(size, solver, 1e6 * seconds, normal.InnerIterations));
            }
        }

        return rows;
    }

    private static void WritePeer(string directory, LaplaceProblem problem, Admm admm)
    {
        for (int i = 0; i < PeerIterations; i++)
        {
            admm.Step();
        }

        float[] kernel = [.. problem.Operator.Kernel.Values.ToArray().Select(value => (float)value)];
        PeerFiles.Write(directory, "admm_kernel", kernel);
        PeerFiles.Write(directory, "admm_y", problem.Y.ToArray());
        PeerFiles.Write(directory, "admm_z", admm.Z.ToArray());
        PeerFiles.Write(directory, "admm_tau", [(float)problem.Threshold(LaplaceSettings.Sparse.Rho)]);
    }
}

/// <summary>One ADMM iteration.</summary>
internal sealed record IterationRow(int Size, string Solver, double Microseconds, int InnerIterations);
