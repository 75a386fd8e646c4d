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
        Assert.False(admm.Run(iterations: 3, relative: 1e-3));
        Assert.Equal(3, admm.Iteration);
        Assert.True(admm.Run(iterations: 500, relative: 1e-3));
        AdmmResiduals residuals = admm.Residuals();
        Assert.True(residuals.Primal <= 1e-3 * residuals.PrimalScale);
        Assert.True(residuals.Dual <= 1e-3 * residuals.DualScale);
        Assert.InRange(admm.Iteration, 10, 500);
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
