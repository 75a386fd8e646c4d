using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>ADMM on the CUDA backend: equal to the CPU backend, with one graph launch per iteration.</summary>
public sealed class AdmmTests
{
    private const int Size = 32;
    private const int Steps = 10;
    private static readonly LaplaceSettings Settings = LaplaceSettings.Sparse with { Size = Size };

    public static TheoryData<string> Solvers =>
        ["fft", "cholesky", "cg", "cg-image", "gd", "learned", "learned-linear"];

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Steps_give_what_they_give_on_the_cpu(string solver)
    {
        Gpu.Need();
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        using CudaDevice cuda = CudaDevice.Create();
        float[] expected = Run(cpu, solver, admm => Repeat(admm.Step));
        Gpu.AssertClose(expected, Run(cuda, solver, admm => Repeat(admm.Step)), 1e-5);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void An_iteration_is_one_graph_launch_and_nothing_else(string solver)
    {
        Gpu.NeedStandIn();
        using CudaDevice device = CudaDevice.Create();
        Run(device, solver, admm =>
        {
            admm.Prepare();
            device.Synchronize();
            StandIn.ResetCounts();
            long allocations = StandIn.LiveAllocations;
            Repeat(admm.Step);
            Assert.Equal(Steps, StandIn.Count("cuGraphLaunch"));
            Assert.Equal(allocations, StandIn.LiveAllocations);
            Assert.Equal(["cuGraphLaunch"], StandIn.Called().Except(["cuCtxSetCurrent"]));
        });
    }

    /// <summary>With the stopping rule, an iteration is one graph launch and the read-back of the verdict.</summary>
    [Theory]
    [MemberData(nameof(Solvers))]
    public void The_stopping_rule_costs_one_read_back_an_iteration(string solver)
    {
        Gpu.NeedStandIn();
        using CudaDevice device = CudaDevice.Create();
        Run(device, solver, admm =>
        {
            admm.Run(iterations: 2, relative: 0);
            StandIn.ResetCounts();
            Assert.False(admm.Run(Steps, relative: 0));
            Assert.Equal(Steps, StandIn.Count("cuGraphLaunch"));
            Assert.Equal(Steps, StandIn.Count("cuMemcpyDtoHAsync_v2"));
            Assert.Equal(0, StandIn.Count("cuMemAllocAsync"));
            Assert.Equal(0, StandIn.Count("cuLaunchKernel") + StandIn.Count("cuLaunchCooperativeKernel"));
        });
    }

    [Fact]
    public void A_recorded_iteration_runs_with_another_threshold()
    {
        Gpu.Need();
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        using CudaDevice cuda = CudaDevice.Create();
        static void Change(Admm admm)
        {
            Repeat(admm.Step);
            admm.Tau *= 2;
            Repeat(admm.Step);
        }

        Gpu.AssertClose(Run(cpu, "fft", Change), Run(cuda, "fft", Change), 1e-5);
    }

    [Fact]
    public void The_rule_stops_where_it_stops_on_the_cpu()
    {
        Gpu.Need();
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        using CudaDevice cuda = CudaDevice.Create();
        int expected = 0;
        int actual = 0;
        Run(cpu, "fft", admm => { Assert.True(admm.Run(500, relative: 1e-3)); expected = admm.Iteration; });
        Run(cuda, "fft", admm => { Assert.True(admm.Run(500, relative: 1e-3)); actual = admm.Iteration; });
        Assert.Equal(expected, actual);
    }

    private static void Repeat(Action step)
    {
        for (int i = 0; i < Steps; i++)
        {
            step();
        }
    }

    private static float[] Run(Device device, string solver, Action<Admm> work)
    {
        using LaplaceProblem problem = LaplaceProblem.Draw(device, Settings, seed: 0);
        string models = Path.Combine(AppContext.BaseDirectory, "models");
        var context = new ZSolverContext(problem.Operator, problem.Y, Settings.Rho)
        {
            Weights =
            [
                InverseWeights.Load(Path.Combine(models, "inverse-sparse-paper.safetensors")),
                InverseWeights.Load(Path.Combine(models, "inverse-sparse-linear.safetensors")),
            ],
        };
        using IZUpdate normal = ZSolvers.Create(solver, context);
        using var admm = new Admm(
            device, problem.Operator.ImageShape, normal, new SoftThreshold(), (float)Settings.Rho,
            (float)problem.Threshold(Settings.Rho));
        work(admm);
        return admm.Z.ToArray();
    }
}
