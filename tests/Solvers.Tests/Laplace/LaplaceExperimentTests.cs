using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>Limits of the comparison of z-solvers.</summary>
public sealed class LaplaceExperimentTests
{
    /// <summary>
    /// Catches an experiment that computes a reference for hours (A Aᵀ has 289 entries in each of 160,000 rows), and one
    /// that reports errors of z without a reference, or none with it.
    /// </summary>
    [Theory]
    [InlineData(400, 1, false)]
    [InlineData(64, 4, true)]
    public void A_reference_that_would_take_hours_is_left_out(int size, int stride, bool hasReference) =>
        Fixture.OnDevice(device =>
        {
            using LaplaceProblem problem = Draw(device, size, stride);
            var context = new ZSolverContext(problem.Operator, problem.Y, 0.1);
            LaplaceResults results = LaplaceExperiment.Run(
                problem, context, 1, [ConjugateGradientInverse.Solver], repeat: 1,
                cancellation: TestContext.Current.CancellationToken);
            Assert.Equal(hasReference, results.HasReference);
            Assert.Equal(hasReference, results.Reports[0].ZRelativeError is not null);
        });

    /// <summary>Catches an inner loop that does not stop when the run is cancelled, or stops as if it had converged.</summary>
    [Theory]
    [InlineData("cg")]
    [InlineData("cg-image")]
    [InlineData("gd")]
    [InlineData("pcg-local")]
    public void A_cancelled_inner_loop_ends_with_an_exception(string solver) => Fixture.OnDevice(device =>
    {
        using LaplaceProblem problem = Draw(device, 64, 1);
        using var cancelled = new CancellationTokenSource();
        var context = new ZSolverContext(problem.Operator, problem.Y, 1e-3);
        using IZUpdate update = ZSolvers.Create(
            solver, context with { InnerLoop = context.InnerLoop with { Cancellation = cancelled.Token } });
        using Tensor q = device.AllocateZeros(problem.Operator.ImageShape);
        using Tensor z = device.Allocate(problem.Operator.ImageShape);
        update.Solve(q, z);
        update.MeasurementChanged();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => update.Solve(q, z));
    });

    /// <summary>Catches a reference that goes on for its tens of seconds after it was cancelled.</summary>
    [Theory]
    [InlineData(OperatorKind.Varying)]
    [InlineData(OperatorKind.Blur)]
    public void A_cancelled_reference_ends_with_an_exception(OperatorKind kind) => Fixture.OnDevice(device =>
    {
        using LaplaceProblem problem = Draw(device, 64, 1, kind);
        ExactReference reference = ExactReference.Create(problem.Operator, problem.Y, 1e-3)!;
        Assert.Throws<OperationCanceledException>(
            () => reference.Solve(new double[64 * 64], new CancellationToken(canceled: true)));
    });

    private static LaplaceProblem Draw(Device device, int size, int stride, OperatorKind kind = OperatorKind.Varying)
    {
        LaplaceSettings settings = LaplaceSettings.Sparse with { Size = size, Stride = stride };
        return LaplaceProblem.Draw(
            device,
            kind == OperatorKind.Blur
                ? settings
                : settings with { Operator = LaplaceOperator.Varying(KernelField.Field(2, 2, 9)) },
            seed: 0);
    }
}
