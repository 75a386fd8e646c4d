using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>Updates that continue from their last solution.</summary>
public sealed class WarmInverseUpdateTests
{
    private const double Rho = 0.3;

    /// <summary>
    /// Catches a correction that is computed from the wrong residual, Aᵀ w and w that drift apart, and a solution that
    /// is lost between calls: with the same q, the error must fall to rounding.
    /// </summary>
    [Fact]
    public void The_error_falls_while_q_stays_the_same() => OnProblem((context, inverse, q, z) =>
    {
        using var cold = new MeasurementUpdate(context.Operator, context.Y, Rho, inverse(1));
        cold.Solve(q, z);
        double once = ExactReference.Create(context.Operator, context.Y, Rho)!.RelativeError(q, z);
        using var update = new WarmInverseUpdate(context, inverse(1));
        Assert.Equal(1, update.Damping);
        double[] errors = [.. Enumerable.Range(0, 12).Select(_ => Error(update, context, q, z))];
        Assert.Equal(once, errors[0], 1e-3 * once);
        Assert.InRange(errors[0], 1e-4, 0.2);
        Assert.InRange(errors[^1], 0, 3e-6);
        double bound = update.BoundError(q, z)!.Value.Relative;
        Assert.InRange(bound, errors[^1], 1e-3);
    });

    /// <summary>Catches refinements that are not counted: two of them must do as much as three calls.</summary>
    [Fact]
    public void A_refinement_is_a_further_correction() => OnProblem((context, inverse, q, z) =>
    {
        using var update = new WarmInverseUpdate(context, inverse(1));
        double third = 0;
        for (int call = 0; call < 3; call++)
        {
            third = Error(update, context, q, z);
        }

        using var refined = new WarmInverseUpdate(context with { Refinements = 2 }, inverse(1));
        Assert.Equal(third, Error(refined, context, q, z), 0.01 * third);
    });

    /// <summary>
    /// Catches an inverse that overshoots being trusted: three times the inverse makes the loop diverge unless its
    /// corrections are damped.
    /// </summary>
    [Fact]
    public void An_inverse_that_overshoots_is_damped() => OnProblem((context, inverse, q, z) =>
    {
        using var update = new WarmInverseUpdate(context, inverse(3));
        Assert.InRange(update.Damping, 0.35, 0.45);
        double[] errors = [.. Enumerable.Range(0, 60).Select(_ => Error(update, context, q, z))];
        Assert.InRange(errors[^1], 0, 1e-4);
    });

    /// <summary>Catches the solution of the last picture being carried into the next.</summary>
    [Fact]
    public void Another_measurement_starts_from_zero() => OnProblem((context, inverse, q, z) =>
    {
        using var update = new WarmInverseUpdate(context, inverse(1));
        update.Solve(q, z);
        float[] first = z.ToArray();
        update.Solve(q, z);
        update.MeasurementChanged();
        update.Solve(q, z);
        Assert.Equal(first, z.ToArray());
    });

    /// <summary>Catches a guard that cannot finish, or loses, a solution that continues.</summary>
    [Fact]
    public void A_guard_finishes_what_is_not_accurate_enough() => OnProblem((context, inverse, q, z) =>
    {
        using var update = new GuardedUpdate(new WarmInverseUpdate(context, inverse(0.5f)), 1e-4, 1000);
        for (int call = 0; call < 3; call++)
        {
            Assert.InRange(Error(update, context, q, z), 0, 1e-4);
        }

        Assert.Equal(1, update.GuardedSteps);
    });

    /// <summary>
    /// Catches products that are carried along wrongly, and rounding that adds up over more calls than the interval
    /// between two recomputations.
    /// </summary>
    [Theory]
    [InlineData("cg")]
    [InlineData("pcg-circulant")]
    [InlineData("pcg-local")]
    public void Conjugate_gradients_stay_exact_over_many_calls(string solver) => OnProblem((context, _, q, z) =>
    {
        using IZUpdate update = ZSolvers.Create(solver, context);
        Device device = q.Device;
        using Tensor moving = device.Allocate(q.Shape);
        device.Copy(q, moving);
        for (int call = 0; call < 70; call++)
        {
            Assert.InRange(Error(update, context, moving, z), 0, 3e-6);
            device.Combine(0.9f, moving, 0.1f, z, moving);
        }

        Assert.InRange(update.BoundError(moving, z)!.Value.Relative, 1e-9, 1e-3);
    });

    private static double Error(IZUpdate update, ZSolverContext context, Tensor q, Tensor z)
    {
        update.Solve(q, z);
        return ExactReference.Create(context.Operator, context.Y, Rho)!.RelativeError(q, z);
    }

    private static void OnProblem(Action<ZSolverContext, Func<float, IGramInverse>, Tensor, Tensor> check) =>
        Fixture.OnDevice(device =>
        {
            using var a = new VaryingBlur(device, KernelField.Field(2, 2, 5), 2, new Shape(1, 2, 40, 44));
            using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 1));
            using Tensor q = device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, 2));
            using Tensor z = device.Allocate(a.ImageShape);
            LocalFilters filters = LocalFilters.Analytic(a.Local, Rho);
            check(
                new ZSolverContext(a, y, Rho),
                factor => new Scaled(filters.ToInverse(device, a.Local, Rho, a.MeasurementShape), factor), q, z);
        });

    private sealed class Scaled(LocalInverse inverse, float factor) : IGramInverse
    {
        public void Apply(Tensor e, Tensor w)
        {
            inverse.Apply(e, w);
            e.Device.Scale(factor, w, w);
        }

        public void Dispose() => inverse.Dispose();
    }
}
