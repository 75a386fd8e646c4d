using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>The values that ADMM reports about its iterates, compared with their definitions.</summary>
public sealed class AdmmIterateTests
{
    private const double Rho = 3e-4;

    [Fact]
    public void Dual_follows_its_update() => AfterSteps((admm, _) =>
    {
        float[] before = admm.W.ToArray();
        admm.Step();
        float[] w = admm.W.ToArray();
        float[] x = admm.X.ToArray();
        float[] z = admm.Z.ToArray();
        double scale = w.Max(Math.Abs);
        Assert.All(w, (value, i) => Assert.InRange(Math.Abs(value - (before[i] + x[i] - z[i])), 0, 1e-5 * scale));
    });

    [Fact]
    public void Dual_is_zero_at_the_start() => AfterSteps((admm, problem) =>
    {
        using Tensor first = problem.Operator.Device.Allocate(admm.Z.Shape, admm.Z.ToArray());
        admm.Start(first);
        Assert.All(admm.W.ToArray(), value => Assert.Equal(0, value));
        Assert.Equal(0, admm.Iteration);
    });

    [Fact]
    public void Residuals_are_the_norms_that_they_say() => AfterSteps((admm, problem) =>
    {
        float[] previous = admm.Z.ToArray();
        admm.Step();
        float[] x = admm.X.ToArray();
        float[] z = admm.Z.ToArray();
        AdmmResiduals residuals = admm.Residuals();
        AssertClose(Distance(x, z), residuals.Primal);
        AssertClose(2 * Rho * Distance(z, previous), residuals.Dual);
        AssertClose(Math.Max(Fixture.Norm(x), Fixture.Norm(z)), residuals.PrimalScale);
        AssertClose(2 * Rho * Fixture.Norm(admm.W.ToArray()), residuals.DualScale);
        AssertClose(x.Sum(v => Math.Abs((double)v)), residuals.MagnitudeX);
        AssertClose(z.Sum(v => Math.Abs((double)v)), residuals.MagnitudeZ);
        AssertClose(problem.Objective(admm.X), problem.Objective(admm.X, residuals.MagnitudeX));
    });

    [Fact]
    public void Residuals_do_not_depend_on_the_thread_count()
    {
        AdmmResiduals? first = null;
        foreach (int threads in (int[])[1, 2])
        {
            AfterSteps(
                (admm, _) =>
                {
                    first ??= admm.Residuals();
                    Assert.Equal(first, admm.Residuals());
                },
                threads);
        }
    }

    [Fact]
    public void Update_in_one_pass_is_the_one_in_many() => Fixture.OnDevice(device =>
    {
        using var scope = new TensorScope(device);
        Shape shape = new(1, 3, 33, 41);
        float[] q = Fixture.Normal((int)shape.Count, seed: 2);
        Tensor z = scope.Add(device.Allocate(shape, Fixture.Normal((int)shape.Count, seed: 1)));
        Tensor[] results = [scope.Allocate(shape), scope.Allocate(shape)];
        Tensor[] starts = [scope.Add(device.Allocate(shape, q)), scope.Add(device.Allocate(shape, q))];
        Tensor threshold = scope.Add(device.Allocate(Shape.Scalar, [0.5f]));
        IProximal[] operators = [new SoftThreshold(), new PlainSoftThreshold()];
        for (int i = 0; i < operators.Length; i++)
        {
            operators[i].Update(z, threshold, starts[i], results[i]);
        }

        Assert.Equal(results[1].ToArray(), results[0].ToArray());
        Assert.Equal(starts[1].ToArray(), starts[0].ToArray());
    });

    [Fact]
    public void Threshold_may_change_between_steps() => AfterSteps((admm, _) =>
    {
        admm.Tau = 1e6f;
        admm.Step();
        Assert.Equal(1e6f, admm.Tau);
        Assert.All(admm.X.ToArray(), value => Assert.Equal(0, value));
        admm.Tau = 0;
        admm.Step();
        Assert.Contains(admm.X.ToArray(), value => value != 0);
    });

    [Fact]
    public void Judged_steps_are_the_plain_ones() => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, LaplaceSettings.Sparse with { Size = 132 }, seed: 3);
        float[]? first = null;
        foreach (bool judged in (bool[])[false, true])
        {
            using IZUpdate normal = ZSolvers.Create("fft", new ZSolverContext(problem.Operator, problem.Y, Rho));
            using Admm admm = CreateAdmm(problem, normal, new SoftThreshold());
            admm.Step();
            for (int k = 0; k < 4; k++)
            {
                if (judged)
                {
                    Assert.False(admm.Run(iterations: 1, relative: 1e-12));
                }
                else
                {
                    admm.Step();
                }
            }

            Assert.Equal(5, admm.Iteration);
            first ??= admm.Z.ToArray();
            Assert.Equal(first, admm.Z.ToArray());
        }
    });

    [Fact]
    public void A_step_that_cannot_be_recorded_is_the_same_step() => Fixture.OnDevice(device =>
    {
        using var problem = LaplaceProblem.Draw(device, LaplaceSettings.Sparse with { Size = 132 }, seed: 3);
        float[]? first = null;
        foreach (IProximal proximal in (IProximal[])[new SoftThreshold(), new PlainSoftThreshold()])
        {
            using IZUpdate normal = ZSolvers.Create("fft", new ZSolverContext(problem.Operator, problem.Y, Rho));
            using Admm admm = CreateAdmm(problem, normal, proximal);
            admm.Run(iterations: 4, relative: 1e-12);
            first ??= admm.Z.ToArray();
            Assert.Equal(first, admm.Z.ToArray());
        }
    });

    [Theory]
    [InlineData("fft")]
    [InlineData("cg")]
    [InlineData("cg-image")]
    [InlineData("gd")]
    public void Steps_allocate_nothing(string solver) => Fixture.OnDevice(
        device =>
        {
            using var problem = LaplaceProblem.Draw(device, LaplaceSettings.Sparse with { Size = 64 }, seed: 3);
            using IZUpdate normal = ZSolvers.Create(solver, new ZSolverContext(problem.Operator, problem.Y, Rho));
            using Admm admm = CreateAdmm(problem, normal, new SoftThreshold());
            int inner = 0;
            Allocations.AssertNone(() =>
            {
                admm.Step();
                admm.Run(iterations: 4, relative: 1e-12);
                inner = admm.InnerIterations;
            });
            Assert.Equal(ZSolvers.Find(solver).HasInnerLoop, inner > 0);
        },
        threads: 1);

    private static Admm CreateAdmm(LaplaceProblem problem, IZUpdate normal, IProximal proximal) => new(
        problem.Operator.Device, problem.Operator.ImageShape, normal, proximal, (float)Rho,
        (float)problem.Threshold(Rho));

    private static void AfterSteps(Action<Admm, LaplaceProblem> test, int threads = 2) => Fixture.OnDevice(
        device =>
        {
            using var problem = LaplaceProblem.Draw(device, LaplaceSettings.Sparse with { Size = 132 }, seed: 3);
            using IZUpdate normal = ZSolvers.Create("fft", new ZSolverContext(problem.Operator, problem.Y, Rho));
            using Admm admm = CreateAdmm(problem, normal, new SoftThreshold());
            for (int k = 0; k < 3; k++)
            {
                admm.Step();
            }

            test(admm, problem);
        },
        threads);

    private static double Distance(float[] a, float[] b) => Fixture.Norm([.. a.Zip(b, (x, y) => x - y)]);

    private static void AssertClose(double expected, double actual) =>
        Assert.InRange(Math.Abs(actual - expected), 0, 1e-6 * Math.Abs(expected));

    /// <summary>Uses the default update of every proximal operator, made of separate calls.</summary>
    private sealed class PlainSoftThreshold : IProximal
    {
        public bool IsRecordable => false;

        public void Apply(Tensor v, Tensor tau, Tensor x) => v.Device.SoftThreshold(v, tau, x);
    }
}
