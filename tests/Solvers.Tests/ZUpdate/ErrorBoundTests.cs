using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>The bound on the error of a z-update, compared with the error in double precision.</summary>
public sealed class ErrorBoundTests
{
    /// <summary>The number of random problems; it was run once with 10,000.</summary>
    private const int Problems = 300;

    /// <summary>
    /// Catches a bound that is too small: a wrong sign in s, a wrong factor 1/(2√ρ), rounding that is not accounted for
    /// at an exact w, and a relative bound that divides by the wrong norm.
    /// </summary>
    [Fact]
    public void The_bound_is_at_least_the_error_for_any_w() => Fixture.OnDevice(device =>
    {
        double smallest = double.PositiveInfinity;
        for (int seed = 0; seed < Problems; seed++)
        {
            using var problem = new RandomZProblem(device, seed);
            using var update = new MeasurementUpdate(problem.A, problem.Y, problem.Rho, problem.Inverse());
            update.Solve(problem.Q, problem.Z);
            ErrorBound bound = update.BoundError(problem.Q, problem.Z)!.Value;
            (double absolute, double relative) = problem.TrueError();
            Assert.True(absolute <= bound.Absolute, $"{problem}: {absolute} > {bound}");
            Assert.True(relative <= bound.Relative, $"{problem}: {relative} > {bound}");
            smallest = absolute == 0 ? smallest : Math.Min(smallest, bound.Absolute / absolute);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"smallest bound/error: {smallest}");
        Assert.InRange(smallest, 1, 2);
    });

    /// <summary>
    /// Catches a bound that is too large to be of use: for a 1×1 kernel with ‖h‖² = ρ, 1/(2√ρ) is attained, so the bound
    /// is the error.
    /// </summary>
    [Theory]
    [InlineData(1e-4)]
    [InlineData(1)]
    public void The_bound_is_attained(double rho) => Fixture.OnDevice(device =>
    {
        var kernel = new BlurKernel(1, 1, [Math.Sqrt(rho)]);
        using var a = new BlurDownsample(device, kernel, 1, new Shape(1, 1, 16, 16));
        using Tensor q = device.AllocateZeros(a.ImageShape);
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal(256, 1));
        using Tensor z = device.Allocate(a.ImageShape);
        using var update = new MeasurementUpdate(a, y, rho, new ScalarInverse(1 / (4 * rho)));
        update.Solve(q, z);
        ErrorBound bound = update.BoundError(q, z)!.Value;
        double error = ExactReference.Create(a, y, rho)!.RelativeError(q, z);
        double norm = Fixture.Norm(y.ToArray()) / (2 * Math.Sqrt(rho));
        Assert.Equal(1, bound.Absolute / (error * norm), 1e-4);

        // z is half of the exact one: the denominator is ‖z‖ − bound = 0, and no relative bound can be given.
        Assert.True(bound.Relative > 1e3, bound.ToString());
    });

    /// <summary>Catches a relative bound that divides by the computed ‖z‖, which the exact one may be below.</summary>
    [Fact]
    public void The_relative_bound_uses_the_largest_lower_bound_of_the_denominator()
    {
        Assert.Equal(0.1 / 0.9, ErrorBound.Of(0.1, 0, normOfZ: 1, normOfQ: 0).Relative, 1e-15);
        Assert.Equal(0.1 / 0.95, ErrorBound.Of(0.1, 0, normOfZ: 1, normOfQ: 0.95).Relative, 1e-15);
        Assert.Equal(double.PositiveInfinity, ErrorBound.Of(1, 0, normOfZ: 0.5, normOfQ: 0).Relative);
        Assert.Equal(0, ErrorBound.Of(0, 0, normOfZ: 0, normOfQ: 0).Relative);
        double largest = ErrorBound.LargestAbsolute(1e-2, normOfZ: 3, normOfQ: 2);
        Assert.Equal(1e-2, ErrorBound.Of(largest, 0, normOfZ: 3, normOfQ: 2).Relative, 1e-12);
        double small = ErrorBound.LargestAbsolute(1e-2, normOfZ: 1, normOfQ: 2);
        Assert.Equal(1e-2, ErrorBound.Of(small, 0, normOfZ: 1, normOfQ: 2).Relative, 1e-12);
    }

    /// <summary>
    /// Catches a bound of an exact solver that rounding makes too large to be of use, and one invented for an update that
    /// has no w.
    /// </summary>
    [Theory]
    [InlineData("fft", true)]
    [InlineData("cholesky", true)]
    [InlineData("cg", true)]
    [InlineData("gd", false)]
    [InlineData("cg-image", false)]
    public void Solvers_on_the_measurement_grid_have_small_bounds(string solver, bool hasBound) => Fixture.OnDevice(device =>
    {
        using Tensor q = Fixture.Tensor(device, "op_gauss9_s4_q");
        using Tensor y = Fixture.Tensor(device, "op_gauss9_s4_y");
        using var a = new BlurDownsample(device, Fixture.Kernel("op_gauss9_s4_kernel"), 4, q.Shape);
        using IZUpdate update = ZSolvers.Create(solver, new ZSolverContext(a, y, 1e-3));
        using Tensor z = device.Allocate(q.Shape);
        update.Solve(q, z);

        ErrorBound? bound = update.BoundError(q, z);

        Assert.Equal(hasBound, bound is not null);
        Assert.InRange(bound?.Relative ?? 1e-6, 1e-9, 1e-3);
        Assert.Null(update.GuardedSteps);
    });
}
