using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Bench.Gpu;

/// <summary>
/// Times ADMM iterations of the sparse preset, each one graph launch, by z-solver and size, and writes the files for
/// the peer.
/// </summary>
internal sealed class IterationBench(Device device, BenchScale scale, string directory)
{
    // The number of iterations after which the peer's z is compared.
    private const int PeerIterations = 5;

    private readonly DeviceTiming _timing = new(device, scale);

    public IReadOnlyList<IterationRow> Run()
    {
        var rows = new List<IterationRow>();
        foreach (int size in scale.Sizes)
        {
            AdmmBySolver.Run(device, size, one =>
            {
                if (size == scale.PeerSize && one.Solver == "learned")
                {
                    WritePeer(one.Problem, one.Context, one.Admm);
                }

                double seconds = _timing.InLoop([one.Admm.Step], scale.IterationLength, scale.IterationBlocks);
                rows.Add(new IterationRow(size, one.Solver, 1e6 * seconds, one.Normal.InnerIterations));
            });
        }

        return rows;
    }

    private void WritePeer(LaplaceProblem problem, ZSolverContext context, Admm admm)
    {
        for (int i = 0; i < PeerIterations; i++)
        {
            admm.Step();
        }

        float[] kernel = [.. ((IBlur)problem.Operator).Kernel.Values.ToArray().Select(value => (float)value)];
        double scaleOfInverse = 1 / context.FindWeights(InverseArchitecture.Paper)!.Problem.MeanEigenvalue;
        PeerFiles.Write(directory, "admm_kernel", kernel);
        PeerFiles.Write(directory, "admm_y", problem.Y.ToArray());
        PeerFiles.Write(directory, "admm_z", admm.Z.ToArray());
        PeerFiles.Write(directory, "admm_scalars", [admm.Tau, (float)scaleOfInverse]);
    }
}

/// <summary>The result for one ADMM iteration, without a stopping rule.</summary>
internal sealed record IterationRow(int Size, string Solver, double Microseconds, int InnerIterations);
