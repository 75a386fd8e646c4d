using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers;

/// <summary>
/// The middle of a large problem: the same operator on a smaller image (<see cref="ILinearOperator.OfSize"/>), with that
/// part of the measurement. ρI + A Aᵀ has nearly the same eigenvalues there, so that inner loops take about as many
/// iterations.
/// </summary>
internal sealed class ProblemSection : IDisposable
{
    private const int LeastMeasured = 48;
    private const int LeastKernels = 4;
    private const double LargestDifference = 1.25;

    private ProblemSection(ZSolverContext context) => Context = context;

    /// <summary>The problem.</summary>
    public ZSolverContext Context { get; }

    /// <summary>Creates a section: the sides are halved until it has few enough pixels, or would become too small.</summary>
    /// <param name="context">The problem.</param>
    /// <param name="fraction">The fraction of the pixels that the section may have.</param>
    /// <returns>
    /// The section; null if the operator has no other size, the image is small already, or the middle of a mask is not like the
    /// rest.
    /// </returns>
    public static ProblemSection? Of(ZSolverContext context, double fraction)
    {
        ILinearOperator a = context.Operator;
        if (a.Local is not { } model)
        {
            return null;
        }

        KernelField field = model.Field;
        Shape image = a.ImageShape;
        int halvings = 0;
        while (fraction < Math.Pow(0.25, halvings) && Fits(halvings + 1))
        {
            halvings++;
        }

        if (halvings == 0 || a.OfSize(image with { H = Side(image.H, halvings), W = Side(image.W, halvings) }) is not { } part)
        {
            return null;
        }

        if (model.Mask is { } mask && !IsLike(mask, part.Local!.Mask!))
        {
            part.Dispose();
            return null;
        }

        Shape grid = part.MeasurementShape;
        float[] y = MiddleOfPlanes.Of<float>(context.Y.ToArray(), a.MeasurementShape, grid);
        return new ProblemSection(new ZSolverContext(part, a.Device.Allocate(grid, y), context.Rho)
        {
            InnerLoop = context.InnerLoop,
            Weights = context.Weights,
            Filters = context.Filters,
            Refinements = context.Refinements,
            GuardTolerance = context.GuardTolerance,
            Update = context.Update,
        });

        // A section in which far more or fewer measurements are missing says nothing about the whole.
        static bool IsLike(Mask whole, Mask part) =>
            KeptShare(part) / KeptShare(whole) is >= 1 / LargestDifference and <= LargestDifference;

        static double KeptShare(Mask mask) => (double)mask.KeptCount / mask.Kept.Length;

        // A whole number of strides.
        int Side(int whole, int times) => ((whole >> times) + model.Stride - 1) / model.Stride * model.Stride;

        bool Fits(int times) => IsEnough(image.H >> times, field.KernelHeight, field.Rows)
            && IsEnough(image.W >> times, field.KernelWidth, field.Columns);

        bool IsEnough(int side, int kernel, int anchors) =>
            side >= Math.Max(LeastMeasured * model.Stride, LeastKernels * Math.Max(kernel, anchors * model.Stride));
    }

    /// <summary>Frees the operator and the measurement.</summary>
    public void Dispose()
    {
        Context.Operator.Dispose();
        Context.Y.Dispose();
    }
}
