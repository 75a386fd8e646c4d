using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>The measured choice of a z-solver.</summary>
public sealed class SolverSelectionTests
{
    /// <summary>
    /// Catches a choice that ignores errors, the set-up, the number of iterations or the order from direct to indirect,
    /// and one that trusts the predicted cost of a solver whose error nobody knows.
    /// </summary>
    [Fact]
    public void The_choice_is_the_fastest_of_the_accurate_ones()
    {
        SolverCost Cost(string name, double setup, double iteration, double? error, bool isPredicted = false) =>
            new(new SolverSetting(ZSolvers.Find(name), InnerLoopSpec.Default, 0), null, setup, iteration, null, error, isPredicted);
        SolverCost[] costs =
        [
            Cost("cholesky", 1, 0.001, 1e-6), Cost("cg", 0, 0.0105, 1e-6), Cost("pcg-local", 0, 0.01, 1e-6),
            Cost("learned-linear", 0, 0.0001, 1e-2), Cost("local", 0, 1e-5, null, isPredicted: true),
            Cost("cg-image", 0, 1e-5, null, isPredicted: true),
        ];
        Assert.Equal("cg", SolverSelection.Best(costs, 10, 1e-4)!.Solver.Name);
        Assert.Equal("cholesky", SolverSelection.Best(costs, 1000, 1e-4)!.Solver.Name);
        Assert.Equal("learned-linear", SolverSelection.Best(costs, 10, 0.1)!.Solver.Name);
        Assert.Equal("cg-image", SolverSelection.Best(costs, 10, 1e-7)!.Solver.Name);
        Assert.Null(SolverSelection.Best(costs[..^1], 10, 1e-7));
        SolverCost endless = Cost("cg", 0, 5, null, isPredicted: true) with { InnerIterations = 20_000 };
        Assert.Null(SolverSelection.Best([endless], 10, 1e-4));
        SolverCost[] predicted = [costs[4], Cost("cg", 0, 5, null, isPredicted: true), Cost("gd", 0, 9, null, true)];
        Assert.Equal("cg", SolverSelection.Best(predicted, 10, 1e-4)!.Solver.Name);

        // A direct solver is accurate, whether its costs are predicted or measured.
        SolverCost[] direct = [Cost("cholesky", 1, 0.1, null), .. predicted];
        Assert.Equal("cholesky", SolverSelection.Best(direct, 10, 1e-4)!.Solver.Name);
    }

    /// <summary>
    /// Catches costs of solvers that do not apply, errors against a wrong reference, and a set-up or an inner loop that
    /// is begun although it cannot end within the time: here cholesky and gd.
    /// </summary>
    [Fact]
    public void What_takes_too_long_is_predicted() => Fixture.OnDevice(device =>
    {
        using var a = new VaryingBlur(device, KernelField.Field(2, 2, 9), 1, new Shape(1, 1, 88, 88));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 1));
        var context = new ZSolverContext(a, y, 1e-3);
        long start = Stopwatch.GetTimestamp();
        using var selection = new SolverSelection(context, new SoftThreshold(), 0.01f, budget: 0.5);
        IReadOnlyList<SolverCost> costs = selection.Measure(30);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.Equal(ZSolvers.All.Select(solver => solver.Name), costs.Select(cost => cost.Solver.Name));
        Assert.All(costs, cost => Assert.Equal(cost.Solver.WhyNot(context) is null, cost.SecondsPerIteration > 0));
        Assert.True(Of("cholesky").IsPredicted && Of("gd").IsPredicted, "neither fits into half a second");
        Assert.True(Of("gd").InnerIterations > 1000, Of("gd").ToString());
        Assert.True(Of("local").ZRelativeError is null or > 1e-3, Of("local").ToString());
        Assert.Contains("varies", Of("fft").Reason);
        // Far above the limit only if something is begun that does not end: cholesky alone takes many seconds.
        Assert.True(seconds < 20, $"{seconds} s");

        SolverCost Of(string name) => costs.Single(cost => cost.Solver.Name == name);
    });

    /// <summary>
    /// Catches a large problem whose solvers are guessed from bounds, costs of its section that are taken for those of the
    /// whole image, and a section that is not the middle.
    /// </summary>
    [Theory]
    [InlineData(0.02)]
    [InlineData(0.6)]
    public void A_large_problem_is_measured_on_its_middle(double budget) => Fixture.OnDevice(device =>
    {
        using var a = new VaryingBlur(device, KernelField.Field(4, 4, 9), 1, new Shape(1, 1, 512, 256));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 1));
        var context = new ZSolverContext(a, y, 1e-3);
        using var selection = new SolverSelection(context, new SoftThreshold(), 0.01f, budget: budget);
        Assert.True(selection.MeasuredShape.H < 512 && selection.MeasuredShape.W < 256, $"{selection.MeasuredShape}");
        Assert.Equal(selection.MeasuredShape.H, 2 * selection.MeasuredShape.W);
        double product = SecondsOfProduct(a);
        IReadOnlyList<SolverCost> costs = selection.Measure(30);
        Assert.Equal(ZSolvers.All.Select(solver => solver.Name), costs.Select(cost => cost.Solver.Name));
        Assert.All(costs, cost => Assert.Equal(cost.Solver.WhyNot(context), cost.Reason));
        SolverCost[] applying = [.. costs.Where(cost => cost.Reason is null)];
        Assert.All(applying, cost => Assert.True(cost.IsPredicted, cost.ToString()));
        Assert.All(
            applying, cost => Assert.True(cost.SecondsPerIteration > (cost.InnerIterations ?? 1) * product / 3, $"{product} {cost}"));
    });

    /// <summary>Catches a product with the whole image where a single one would take longer than all measurements may.</summary>
    [Fact]
    public void Of_very_large_problems_only_the_middle_is_computed() => Fixture.OnDevice(device =>
    {
        var kernel = BlurKernel.Gaussian(31, 5);
        using var whole = new Untouchable(new BlurDownsample(device, kernel, 1, new Shape(1, 1, 768, 768), Boundary.Zero));
        using Tensor y = device.Allocate(whole.MeasurementShape, Fixture.Normal((int)whole.MeasurementShape.Count, 1));
        var context = new ZSolverContext(whole, y, 0.1);
        using var selection = new SolverSelection(context, new SoftThreshold(), 0.01f, budget: 0.3);
        IReadOnlyList<SolverCost> costs = selection.Measure(30);
        Assert.True(selection.MeasuredShape.H < 768, $"{selection.MeasuredShape}");
        Assert.All(costs.Where(cost => cost.Reason is null), cost => Assert.True(cost.IsPredicted, cost.ToString()));
    });

    /// <summary>Catches an operator of another size with other kernels, and a mask that is not cut from the middle.</summary>
    [Fact]
    public void Operators_of_another_size_have_the_same_kernels_and_the_middle_of_the_mask() => Fixture.OnDevice(device =>
    {
        bool[] kept = [.. Enumerable.Range(0, 16 * 12).Select(i => i / 12 is >= 4 and < 12 && i % 12 is >= 3 and < 9)];
        using var masked = new MaskedBlur(
            device, BlurKernel.Gaussian(3, 1), 2, new Shape(1, 2, 32, 24), new Mask(16, 12, kept));
        using ILinearOperator part = masked.OfSize(new Shape(1, 2, 16, 12))!;
        Assert.Equal(new Shape(1, 2, 8, 6), part.MeasurementShape);
        Assert.True(part.Local!.IsLike(masked.Local));
        Assert.Equal(48, part.Local.Mask!.KeptCount);
        using var hole = new MaskedBlur(
            device, BlurKernel.Gaussian(3, 1), 2, new Shape(1, 2, 32, 24), new Mask(16, 12, [.. kept.Select(value => !value)]));
        Assert.Null(hole.OfSize(new Shape(1, 2, 16, 12)));
        foreach (Boundary boundary in Enum.GetValues<Boundary>())
        {
            using var varying = new VaryingBlur(device, KernelField.Field(2, 2, 5), 1, new Shape(1, 1, 40, 40), boundary);
            using ILinearOperator smaller = varying.OfSize(new Shape(1, 1, 24, 20))!;
            Assert.True(smaller.Local!.IsLike(varying.Local));
            Assert.Equal(new Shape(1, 1, 24, 20), smaller.ImageShape);
        }
    });

    /// <summary>
    /// Catches a selection that goes on when it is cancelled, and one that keeps the token of its first caller: a later choice for
    /// the same problem, or an update with the chosen setting, would end at once.
    /// </summary>
    [Fact]
    public void A_selection_can_be_cancelled_and_does_not_keep_the_token() => Fixture.OnDevice(device =>
    {
        using var a = new BlurDownsample(device, BlurKernel.Gaussian(5, 1), 2, new Shape(1, 1, 40, 44), Boundary.Zero);
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 1));
        using var source = new CancellationTokenSource();
        ZSolverContext context = With(source.Token);
        SolverSetting chosen = SolverSelection.Choose(context, 7);
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => new SolverSelection(context, new SoftThreshold(), 0.01f));
        Assert.Throws<OperationCanceledException>(() => SolverSelection.Choose(context, 8));
        Assert.Same(chosen, SolverSelection.Choose(With(CancellationToken.None), 7));
        Assert.Equal(CancellationToken.None, chosen.InnerLoop.Cancellation);
        Assert.Equal(source.Token, chosen.Of(context).InnerLoop.Cancellation);

        ZSolverContext With(CancellationToken token) =>
            new(a, y, 1e-2) { InnerLoop = InnerLoopSpec.Default with { Cancellation = token } };
    });

    /// <summary>Catches a choice for a mask whose middle is not like the rest: there, cg would need a single iteration.</summary>
    [Fact]
    public void A_middle_that_is_unlike_the_rest_is_not_measured() => Fixture.OnDevice(device =>
    {
        const int Side = 256;
        bool[] kept = new bool[Side * Side];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = Math.Abs(i / Side - Side / 2) > Side / 4 || Math.Abs(i % Side - Side / 2) > Side / 4 || i == 128 * Side + 128;
        }

        foreach (Mask mask in (Mask[])[new Mask(Side, Side, kept), Mask.Random(device, Shape.Matrix(Side, Side), 0.5, 1)])
        {
            using var a = new MaskedBlur(device, BlurKernel.Gaussian(9, 1.5), 1, new Shape(1, 1, Side, Side), mask);
            using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 1));
            using var selection = new SolverSelection(
                new ZSolverContext(a, y, 1e-3), new SoftThreshold(), 0.01f, budget: 0.01);
            Assert.Equal(mask.KeptCount == Side * Side / 2, selection.MeasuredShape.H < Side);
        }
    });

    /// <summary>
    /// Catches settings that are not fitted, fitted ones that are tighter than the error asks for or not accurate enough,
    /// and fitting where the caller's settings were to be kept.
    /// </summary>
    [Theory]
    [InlineData(1e-2)]
    [InlineData(1e-4)]
    public void Each_solver_gets_the_loosest_setting_that_is_accurate_enough(double tolerance) => Fixture.OnDevice(device =>
    {
        using var a = new BlurDownsample(device, BlurKernel.Gaussian(5, 1), 2, new Shape(1, 1, 48, 48), Boundary.Zero);
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 1));
        var context = new ZSolverContext(a, y, 1e-2);
        foreach (SolverCost cost in Costs(fits: true))
        {
            if (cost.Solver.HasInnerLoop)
            {
                Assert.InRange(cost.Setting.InnerLoop.Tolerance, tolerance / 100, 100 * tolerance);
                Assert.InRange(cost.ZRelativeError!.Value, tolerance / 100, tolerance);
            }
            else if (cost.Solver == LocalSolver.Analytic)
            {
                Assert.InRange(cost.Setting.Refinements, 1, 6);
                Assert.True(cost.ZRelativeError < 0.1, cost.ToString());
            }
        }

        Assert.All(Costs(fits: false), cost => Assert.Equal(new SolverSetting(cost.Solver, context), cost.Setting));
        Assert.Equal(context.InnerLoop, SolverSelection.Choose(context, 30, tolerance, fitsSettings: false).InnerLoop);

        // Which solver is the fastest is not known here; one with an inner loop gets a looser tolerance.
        SolverSetting chosen = SolverSelection.Choose(context, 30, tolerance);
        Assert.True(!chosen.Solver.HasInnerLoop || chosen.InnerLoop.Tolerance > context.InnerLoop.Tolerance, chosen.ToString());

        SolverCost[] Costs(bool fits)
        {
            using var selection = new SolverSelection(context, new SoftThreshold(), 0.01f, tolerance, fits);
            return [.. selection.Measure(30).Where(cost => cost.Reason is null)];
        }
    });

    /// <summary>Catches structure that is measured instead of used, and an own operator that ends the choice.</summary>
    [Fact]
    public void Structure_decides_without_measuring() => Fixture.OnDevice(device =>
    {
        foreach ((int stride, string expected) in new[] { (4, "scalar"), (2, "fft") })
        {
            using var a = new BlurDownsample(device, BlurKernel.Gaussian(3, 1), stride, new Shape(1, 1, 16, 16));
            using Tensor y = device.AllocateZeros(a.MeasurementShape);
            Assert.Equal(expected, SolverSelection.Choose(new ZSolverContext(a, y, 1), 10).Solver.Name);
        }

        using var masked = new MaskedBlur(
            device, BlurKernel.Gaussian(3, 1), 2, new Shape(1, 1, 32, 32), Mask.Random(device, new(1, 1, 16, 16), 0.5, 1));
        using Tensor measured = device.Allocate(masked.MeasurementShape, Fixture.Normal(256, 1));
        SolverSetting chosen = SolverSelection.Choose(new ZSolverContext(masked, measured, 0.1), 10);
        Assert.Null(chosen.Solver.WhyNot(new ZSolverContext(masked, measured, 0.1)));
        Assert.Same(chosen, SolverSelection.Choose(new ZSolverContext(masked, measured, 0.1), 10));
    });

    /// <summary>An operator that must not be applied.</summary>
    private sealed class Untouchable(BlurDownsample inner) : ILinearOperator
    {
        public Device Device => inner.Device;

        public Shape ImageShape => inner.ImageShape;

        public Shape MeasurementShape => inner.MeasurementShape;

        public Boundary Boundary => inner.Boundary;

        public LocalModel? Local => ((ILinearOperator)inner).Local;

        public ILinearOperator? OfSize(Shape imageShape) => ((ILinearOperator)inner).OfSize(imageShape);

        public void Apply(Tensor x, Tensor y) => Assert.Fail("a product with A");

        public void Adjoint(Tensor y, Tensor x) => Assert.Fail("a product with Aᵀ");

        public void Dispose() => inner.Dispose();
    }

    private static double SecondsOfProduct(VaryingBlur a)
    {
        using Tensor x = a.Device.AllocateZeros(a.ImageShape);
        using Tensor y = a.Device.AllocateZeros(a.MeasurementShape);
        return Enumerable.Range(0, 5).Min(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            a.Apply(x, y);
            a.Adjoint(y, x);
            a.Device.Synchronize();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
    }
}
