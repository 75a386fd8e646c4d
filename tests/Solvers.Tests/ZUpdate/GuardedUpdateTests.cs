using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>The guard of an approximate inverse.</summary>
public sealed class GuardedUpdateTests
{
    private const int Problems = 300;
    private const double Tolerance = 1e-3;

    /// <summary>
    /// Catches a guard that returns a z outside its tolerance: one that compares the absolute bound, never triggers, or
    /// gives up in silence; and one that always triggers, or is refused by rounding far too often.
    /// </summary>
    [Fact]
    public void Guarded_updates_meet_the_tolerance_whatever_the_inverse() => Fixture.OnDevice(device =>
    {
        int guarded = 0;
        int refused = 0;
        for (int seed = 0; seed < Problems; seed++)
        {
            using var problem = new RandomZProblem(device, seed);
            using var plain = new MeasurementUpdate(problem.A, problem.Y, problem.Rho, problem.Inverse());
            plain.Solve(problem.Q, problem.Z);
            ErrorBound unguarded = plain.BoundError(problem.Q, problem.Z)!.Value;
            using GuardedUpdate update = Guard(problem.A, problem.Y, problem.Rho, problem.Inverse());
            try
            {
                update.Solve(problem.Q, problem.Z);
            }
            catch (ArithmeticException failure)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{problem}: {failure.Message}");
                refused++;
                continue;
            }

            ErrorBound bound = update.BoundError(problem.Q, problem.Z)!.Value;
            Assert.True(bound.Relative <= Tolerance, $"{problem}: {bound}");
            double error = problem.TrueError().Relative;
            Assert.True(error <= bound.Relative, $"{problem}: {error} > {bound}");
            bool isNeeded = !(unguarded.Relative <= Tolerance);
            Assert.True(update.GuardedSteps == (isNeeded ? 1 : 0), $"{problem}: {unguarded}");
            Assert.True(update.InnerIterations > 0 || update.GuardedSteps == 0 || unguarded.Relative > 1, $"{problem}");
            guarded += update.GuardedSteps!.Value;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{guarded} guarded, {refused} refused");
        Assert.InRange(guarded, Problems / 4, 3 * Problems / 4);
        Assert.InRange(refused, 0, Problems / 100);
    });

    /// <summary>
    /// Catches a guard that never triggers, one that always does, and a count that does not grow: the inverse is good
    /// in every other call.
    /// </summary>
    [Fact]
    public void Exactly_the_steps_with_a_large_error_are_guarded() => OnSparse((a, y, q, z) =>
    {
        const double Rho = 3e-4;
        using var inverse = new AlternatingInverse(a, Rho);
        using GuardedUpdate update = Guard(a, y, Rho, inverse);
        int?[] counts = new int?[6];
        for (int call = 0; call < counts.Length; call++)
        {
            update.Solve(q, z);
            counts[call] = update.GuardedSteps;
            Assert.Equal(call % 2 == 1, update.InnerIterations > 0);
            Assert.InRange(ExactReference.Create(a, y, Rho)!.RelativeError(q, z), 0, Tolerance);
        }

        Assert.Equal([0, 1, 1, 2, 2, 3], counts);
    });

    /// <summary>
    /// Catches a guard that compares an absolute number: scaled data has the same relative error.
    /// </summary>
    [Theory]
    [InlineData(1e-6f)]
    [InlineData(1e6f)]
    public void The_guard_does_not_depend_on_the_scale_of_the_data(float scale) => OnSparse((a, y, q, z) =>
    {
        const double Rho = 3e-4;
        double good = 1 / (Rho + a.Gram.Kernel!.Centre);
        a.Device.Scale(scale, y, y);
        a.Device.Scale(scale, q, q);
        using GuardedUpdate bad = Guard(a, y, Rho, new ScalarInverse(good));
        bad.Solve(q, z);
        Assert.Equal(1, bad.GuardedSteps);
        Assert.InRange(ExactReference.Create(a, y, Rho)!.RelativeError(q, z), 0, Tolerance);
        using GuardedUpdate exact = Guard(
            a, y, Rho, new CirculantInverse(a.Device, a.Gram.Kernel!, a.MeasurementShape, Rho));
        exact.Solve(q, z);
        Assert.Equal(0, exact.GuardedSteps);
    });

    /// <summary>Catches a guard that starts at zero instead of at the approximate w.</summary>
    [Fact]
    public void Conjugate_gradients_continue_from_the_approximate_solution() => OnSparse((a, y, q, z) =>
    {
        const double Rho = 3e-4;
        int near = Iterations(new PerturbedInverse(a, Rho, 0.01f));
        int zero = Iterations(new ScalarInverse(0));
        Assert.InRange(near, 1, zero - 2);

        int Iterations(IGramInverse inverse)
        {
            using GuardedUpdate update = Guard(a, y, Rho, inverse);
            update.Solve(q, z);
            return update.InnerIterations;
        }
    });

    /// <summary>Catches a wrong z that is returned when conjugate gradients run out of iterations.</summary>
    [Fact]
    public void An_unreachable_tolerance_is_an_error() => OnSparse((a, y, q, z) =>
    {
        using GuardedUpdate short1 = new(new MeasurementUpdate(a, y, 3e-4, new ScalarInverse(0)), Tolerance, 1);
        Assert.Contains("after 1 iterations", Assert.Throws<ArithmeticException>(() => short1.Solve(q, z)).Message);
        using GuardedUpdate strict = new(new MeasurementUpdate(a, y, 3e-4, new ScalarInverse(0)), 1e-9, 1000);
        Assert.Contains("rounding", Assert.Throws<ArithmeticException>(() => strict.Solve(q, z)).Message);
    });

    /// <summary>Catches NaN in y or q that passes a comparison with the tolerance.</summary>
    [Theory]
    [InlineData(float.NaN, true)]
    [InlineData(float.PositiveInfinity, true)]
    [InlineData(float.NaN, false)]
    public void Values_that_are_not_finite_are_an_error(float value, bool isInY) => OnSparse((a, y, q, z) =>
    {
        Tensor changed = isInY ? y : q;
        float[] values = changed.ToArray();
        values[3] = value;
        a.Device.Upload(values, changed);
        using GuardedUpdate update = Guard(a, y, 3e-4, new ScalarInverse(1));
        Assert.Contains("not finite", Assert.Throws<ArithmeticException>(() => update.Solve(q, z)).Message);
    });

    /// <summary>Catches an inverse whose overflow spoils the start of conjugate gradients.</summary>
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(1e30f)]
    public void An_inverse_that_overflows_is_replaced(float factor) => OnSparse((a, y, q, z) =>
    {
        using GuardedUpdate update = Guard(a, y, 3e-4, new ScalarInverse(factor));
        update.Solve(q, z);
        Assert.InRange(ExactReference.Create(a, y, 3e-4)!.RelativeError(q, z), 0, Tolerance);
    });

    /// <summary>Catches a guard that is not used, or is used for classical solvers or the published form.</summary>
    [Fact]
    public void The_context_guards_the_learned_solvers() => Fixture.OnDevice(device =>
    {
        LaplaceSettings settings = LaplaceSettings.Sparse with { Size = 64 };
        using var problem = LaplaceProblem.Draw(device, settings, seed: 1);
        var context = new ZSolverContext(problem.Operator, problem.Y, settings.Rho)
        {
            GuardTolerance = 3e-4,
            Weights = [InverseWeights.Load(Fixture.ModelPath("inverse-sparse-linear.safetensors"))],
        };
        using IZUpdate learned = ZSolvers.Create("learned-linear", context);
        Assert.Equal(0, learned.GuardedSteps);
        Assert.False(learned.IsRecordable);
        using IZUpdate exact = ZSolvers.Create("fft", context);
        Assert.Null(exact.GuardedSteps);
        ZSolverContext published = context with { Update = UpdateForm.Published };
        Assert.Contains("residual form", ZSolvers.Find("learned-linear").WhyNot(published));
        Assert.Throws<ArgumentOutOfRangeException>(() => context with { GuardTolerance = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => context with { GuardTolerance = double.NaN });
    });

    private static GuardedUpdate Guard(ILinearOperator a, Tensor y, double rho, IGramInverse inverse) =>
        new(new MeasurementUpdate(a, y, rho, inverse), Tolerance, 10_000);

    private static void OnSparse(Action<BlurDownsample, Tensor, Tensor, Tensor> test) => Fixture.OnDevice(device =>
    {
        using Tensor q = Fixture.Tensor(device, "op_gauss9_s4_q");
        using Tensor y = Fixture.Tensor(device, "op_gauss9_s4_y");
        using var a = new BlurDownsample(device, Fixture.Kernel("op_gauss9_s4_kernel"), 4, q.Shape);
        using Tensor z = device.Allocate(q.Shape);
        test(a, y, q, z);
    });

    /// <summary>Exact in the first call, zero in the second, and so on.</summary>
    private sealed class AlternatingInverse(BlurDownsample a, double rho) : IGramInverse
    {
        private readonly CirculantInverse _exact = new(a.Device, a.Gram.Kernel!, a.MeasurementShape, rho);
        private int _calls;

        public void Apply(Tensor e, Tensor w)
        {
            if (_calls++ % 2 == 0)
            {
                _exact.Apply(e, w);
            }
            else
            {
                w.Device.Fill(0, w);
            }
        }

        public void Dispose() => _exact.Dispose();
    }

    /// <summary>The exact inverse, off by a factor of 1 + error.</summary>
    private sealed class PerturbedInverse(BlurDownsample a, double rho, float error) : IGramInverse
    {
        private readonly CirculantInverse _exact = new(a.Device, a.Gram.Kernel!, a.MeasurementShape, rho);

        public void Apply(Tensor e, Tensor w)
        {
            _exact.Apply(e, w);
            w.Device.Scale(1 + error, w, w);
        }

        public void Dispose() => _exact.Dispose();
    }
}
