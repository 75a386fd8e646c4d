using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// Whole trajectories of ADMM, compared with the reference, for both Laplace problems and all exact solvers.
/// </summary>
public sealed class AdmmTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string problem in (string[])["paper", "sparse"])
            {
                foreach (string solver in (string[])["fft", "cholesky", "cg", "cg-image", "gd"])
                {
                    data.Add(problem, solver);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Trajectory_agrees_with_the_reference(string name, string solver) => Fixture.OnDevice(device =>
    {
        LaplaceSettings settings = name == "paper" ? LaplaceSettings.Paper : LaplaceSettings.Sparse;
        using LaplaceProblem problem = LoadProblem(device, name, settings);
        var context = new ZSolverContext(problem.Operator, problem.Y, settings.Rho);
        using IZUpdate normal = ZSolvers.Create(solver, context);
        using Admm admm = CreateAdmm(problem, normal, settings.Rho);
        (double[] trace, int[] shape) = Fixture.Load($"laplace_{name}_trace_objx_objz_primal");
        double primalScale = trace[2];
        for (int k = 0; k < shape[0]; k++)
        {
            admm.Step();
            Assert.InRange(RelativeDistance(problem.Objective(admm.X), trace[3 * k]), 0, 1e-4);
            Assert.InRange(RelativeDistance(problem.Objective(admm.Z), trace[3 * k + 1]), 0, 1e-4);

            // The primal residual approaches zero: an absolute bound, relative to its initial value.
            Assert.InRange(Math.Abs(admm.Residuals().Primal - trace[3 * k + 2]), 0, 1e-5 * primalScale);
        }

        double[] expected = Fixture.Load($"laplace_{name}_x_after_200").Values;
        float[] x = admm.X.ToArray();
        double largest = x.Zip(expected, (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(largest, 0, 1e-3);
    });

    [Fact]
    public void Paper_problem_has_the_minimiser_zero() => Fixture.OnDevice(device =>
    {
        using LaplaceProblem problem = LoadProblem(device, "paper", LaplaceSettings.Paper);
        using IZUpdate normal = ZSolvers.Create("fft", new ZSolverContext(problem.Operator, problem.Y, 1));
        using Admm admm = CreateAdmm(problem, normal, 1);
        admm.Step();
        Assert.All(admm.X.ToArray(), value => Assert.Equal(0, value));
        Assert.Equal(131.6329820498417, problem.ObjectiveAtZero, 1e-3);
    });

    [Fact]
    public void Stopping_rule_stops_at_a_fixed_point_and_not_before() => Fixture.OnDevice(device =>
    {
        using LaplaceProblem problem = LoadProblem(device, "sparse", LaplaceSettings.Sparse);
        using IZUpdate normal = ZSolvers.Create("fft", new ZSolverContext(problem.Operator, problem.Y, 3e-4));
        using Admm admm = CreateAdmm(problem, normal, 3e-4);
        Assert.False(admm.Run(iterations: 0, absolute: 1e9));
        Assert.Throws<InvalidOperationException>(() => admm.Residuals());
        Assert.False(admm.Run(iterations: 3, absolute: 0, relative: 1e-3));
        Assert.Equal(3, admm.Iteration);
        Assert.False(Holds());
        while (!admm.Run(iterations: 1, absolute: 0, relative: 1e-3))
        {
            Assert.False(Holds());
            Assert.InRange(admm.Iteration, 1, 500);
        }

        Assert.True(Holds());
        Assert.InRange(admm.Iteration, 10, 500);
        int needed = admm.Iteration;

        using Tensor zero = device.AllocateZeros(problem.Operator.ImageShape);
        admm.Start(zero);
        Assert.Throws<InvalidOperationException>(() => admm.Residuals());
        Assert.True(admm.Run(iterations: 500, absolute: 0, relative: 1e-3));
        Assert.Equal(needed, admm.Iteration);

        // Tested after every seventh step, and after the last one.
        admm.Start(zero);
        Assert.True(admm.Run(iterations: 500, absolute: 0, relative: 1e-3, interval: 7));
        Assert.Equal((needed + 6) / 7 * 7, admm.Iteration);
        Assert.True(Holds());
        admm.Start(zero);
        Assert.False(admm.Run(iterations: 9, absolute: 0, relative: 1e-3, interval: 7));
        Assert.Equal(9, admm.Iteration);
        admm.Start(zero);
        Assert.True(admm.Run(iterations: needed, absolute: 0, relative: 1e-3, interval: 1000));
        Assert.Throws<ArgumentOutOfRangeException>(() => admm.Run(iterations: 1, interval: 0));

        bool Holds()
        {
            AdmmResiduals residuals = admm.Residuals();
            return residuals.Primal <= 1e-3 * residuals.PrimalScale && residuals.Dual <= 1e-3 * residuals.DualScale;
        }
    });

    [Fact]
    public void Default_rule_stops_where_x_is_zero() => Fixture.OnDevice(device =>
    {
        using LaplaceProblem problem = LoadProblem(device, "paper", LaplaceSettings.Paper);
        using IZUpdate normal = ZSolvers.Create("fft", new ZSolverContext(problem.Operator, problem.Y, 1));
        using Admm admm = CreateAdmm(problem, normal, 1);
        Assert.True(admm.Run(iterations: 500));
        Assert.All(admm.X.ToArray(), value => Assert.Equal(0, value));
        Assert.True(admm.Residuals().Primal <= AdmmResiduals.DefaultAbsoluteTolerance * Math.Sqrt(admm.X.Shape.Count)
            + 1e-4 * admm.Residuals().PrimalScale);
        admm.Start(admm.X);
        Assert.False(admm.Run(iterations: 30, absolute: 0));
    });

    [Fact]
    public void A_change_of_rho_keeps_the_dual() => Fixture.OnDevice(device =>
    {
        // The minimiser does not depend on ρ: only the right dual variable stays at it when ρ changes.
        const float Rho = 3e-4f;
        using LaplaceProblem problem = LoadProblem(device, "sparse", LaplaceSettings.Sparse);
        using IZUpdate normal = ZSolvers.Create("fft", new ZSolverContext(problem.Operator, problem.Y, Rho));
        using IZUpdate other = ZSolvers.Create("fft", new ZSolverContext(problem.Operator, problem.Y, 4 * Rho));
        using Admm admm = CreateAdmm(problem, normal, Rho);
        admm.Run(iterations: 400, absolute: 0, relative: 1e-7);
        double before = admm.Residuals().Primal;
        double scale = admm.Residuals().PrimalScale;
        admm.Use(other, 4 * Rho);
        admm.Tau = (float)problem.Threshold(4 * Rho);
        admm.Step();
        Assert.InRange(admm.Residuals().Primal, 0, 2 * before + 1e-4 * scale);

        // An unrolled loop keeps w instead, which is another problem's dual.
        admm.UseUnscaled(normal, Rho);
        admm.Tau = (float)problem.Threshold(Rho);
        admm.Step();
        Assert.True(admm.Residuals().Primal > 20 * before + 1e-3 * scale);
    });

    private static Admm CreateAdmm(LaplaceProblem problem, IZUpdate normal, double rho) => new(
        problem.Operator.Device, problem.Operator.ImageShape, normal, new SoftThreshold(), (float)rho,
        (float)problem.Threshold(rho));

    private static LaplaceProblem LoadProblem(Device device, string name, LaplaceSettings settings)
    {
        Tensor y = Fixture.Tensor(device, $"laplace_{name}_y");
        BlurKernel kernel = Fixture.Kernel($"laplace_{name}_kernel");
        var a = new BlurDownsample(device, kernel, settings.Stride, y.Shape.Upsampled(settings.Stride));
        return new LaplaceProblem(a, y, null, settings.Sigma, settings.Scale);
    }

    private static double RelativeDistance(double actual, double expected) =>
        Math.Abs(actual - expected) / Math.Abs(expected);
}
