namespace InfAdmm.Engine;

/// <remarks>
/// Whole inner loops, each one op: a backend that can steer them on the device runs them without a word from the host;
/// what is here steers from the host, by a scalar read back in each iteration. Each starts warm at the solution it is
/// given, and writes (iterations, last ‖residual‖²) to <c>report</c> (1, 1, 1, 2). The workspace holds nothing of
/// meaning before or after.
/// </remarks>
public abstract partial class Device
{
    /// <summary>The shape of a workspace: four tensors of the given shape.</summary>
    public static Shape InnerLoopWorkspace(Shape shape) => shape with { N = 4 * shape.N };

    /// <summary>
    /// Conjugate gradients for G w = e, G the stride-1 periodic convolution with a symmetric positive definite kernel
    /// (1, 1, kh, kw), all planes as one system, from w on until ‖e − G w‖ ≤ tolerance·‖e‖. Workspace: that of e's shape.
    /// </summary>
    public void SolveGram(Tensor e, Tensor kernel, InnerLoopSpec spec, Tensor workspace, Tensor w, Tensor report)
    {
        CheckBlur(e, kernel, 1, w, nameof(SolveGram));
        CheckInnerLoop(e.Shape, workspace, report, nameof(SolveGram));
        CheckDistinct(e, w, nameof(SolveGram));
        SolveGramCore(e, kernel, spec, workspace, w, report);
    }

    /// <summary>
    /// Conjugate gradients for (I + AᵀA/ρ) d = Aᵀe on the image grid, A = S H of <see cref="Blur(Tensor, Tensor, int,
    /// float, Tensor, Tensor)"/>, from d on until the residual is at most tolerance·‖Aᵀe‖. rho is one scalar on the
    /// device; measured has e's shape and is overwritten; workspace: that of d's shape.
    /// </summary>
    public void SolveNormal(
        Tensor e, Tensor kernel, int stride, Tensor rho, InnerLoopSpec spec, Tensor measured, Tensor workspace, Tensor d,
        Tensor report)
    {
        CheckImageLoop(e, kernel, stride, measured, workspace, d, report, nameof(SolveNormal));
        CheckShape(rho, Shape.Scalar, nameof(SolveNormal), nameof(rho));
        SolveNormalCore(e, kernel, stride, rho, spec, measured, workspace, d, report);
    }

    /// <summary>
    /// Gradient descent for the same system times ρ, d ← d + step·(Aᵀ(e − A d) − ρ d), from d on until the gradient is
    /// at most tolerance·‖Aᵀe‖ or, in <paramref name="patience"/> iterations, has fallen to no less than 0.7 of what it
    /// was: rounding keeps it from falling further. rule (1, 1, 1, 2) holds ρ and the step on the device.
    /// </summary>
    public void DescendNormal(
        Tensor e, Tensor kernel, int stride, Tensor rule, int patience, InnerLoopSpec spec, Tensor measured,
        Tensor workspace, Tensor d, Tensor report)
    {
        CheckImageLoop(e, kernel, stride, measured, workspace, d, report, nameof(DescendNormal));
        CheckShape(rule, Shape.Vector(2), nameof(DescendNormal), nameof(rule));
        ArgumentOutOfRangeException.ThrowIfLessThan(patience, 1);
        DescendNormalCore(e, kernel, stride, rule, patience, spec, measured, workspace, d, report);
    }

    /// <summary>See <see cref="SolveGram"/>.</summary>
    protected virtual void SolveGramCore(
        Tensor e, Tensor kernel, InnerLoopSpec spec, Tensor workspace, Tensor w, Tensor report)
    {
        Tensor residual = Part(workspace, 0, e.Shape);
        Tensor direction = Part(workspace, 1, e.Shape);
        Tensor image = Part(workspace, 2, e.Shape);
        Tensor square = report.Slice(1, Shape.Scalar);
        Dot(e, e, square);
        double target = (double)spec.Tolerance * spec.Tolerance * square.ToScalar();
        Blur(w, kernel, 1, -1, e, residual);
        Copy(residual, direction);
        Dot(residual, residual, square);
        int iteration = 0;
        while (iteration < spec.MaxIterations && !(square.ToScalar() <= target))
        {
            Blur(direction, kernel, 1, 1, null, image);
            ConjugateGradientStep(direction, image, w, residual, square);
            iteration++;
        }

        Fill(iteration, report.Slice(0, Shape.Scalar));
    }

    /// <summary>See <see cref="SolveNormal"/>.</summary>
    protected virtual void SolveNormalCore(
        Tensor e, Tensor kernel, int stride, Tensor rho, InnerLoopSpec spec, Tensor measured, Tensor workspace, Tensor d,
        Tensor report)
    {
        Tensor residual = Part(workspace, 0, d.Shape);
        Tensor direction = Part(workspace, 1, d.Shape);
        Tensor image = Part(workspace, 2, d.Shape);
        Tensor square = report.Slice(1, Shape.Scalar);
        float inverseRho = 1 / rho.ToScalar();
        BlurAdjoint(e, kernel, stride, 1, null, residual);
        Dot(residual, residual, square);
        double target = (double)spec.Tolerance * spec.Tolerance * square.ToScalar();

        // The residual at the warm start: Aᵀ(e − A d/ρ) − d.
        Blur(d, kernel, stride, -inverseRho, e, measured);
        Scale(-1, d, direction);
        BlurAdjoint(measured, kernel, stride, 1, direction, residual);
        Copy(residual, direction);
        Dot(residual, residual, square);
        int iteration = 0;
        while (iteration < spec.MaxIterations && !(square.ToScalar() <= target))
        {
            Blur(direction, kernel, stride, 1, null, measured);
            BlurAdjoint(measured, kernel, stride, inverseRho, direction, image);
            ConjugateGradientStep(direction, image, d, residual, square);
            iteration++;
        }

        Fill(iteration, report.Slice(0, Shape.Scalar));
    }

    /// <summary>See <see cref="DescendNormal"/>.</summary>
    protected virtual void DescendNormalCore(
        Tensor e, Tensor kernel, int stride, Tensor rule, int patience, InnerLoopSpec spec, Tensor measured,
        Tensor workspace, Tensor d, Tensor report)
    {
        Span<float> numbers = stackalloc float[2];
        Download(rule, numbers);
        float step = numbers[1];
        float decay = (float)(1 - (double)step * numbers[0]);
        Tensor square = report.Slice(1, Shape.Scalar);
        Tensor current = d;
        Tensor previous = Part(workspace, 0, d.Shape);
        BlurAdjoint(e, kernel, stride, 1, null, previous);
        Dot(previous, previous, square);
        double target = spec.Tolerance * Math.Sqrt(square.ToScalar());
        double checkpoint = double.PositiveInfinity;
        int iteration = 0;
        while (iteration < spec.MaxIterations)
        {
            // The gradient is the change divided by the step.
            iteration++;
            (current, previous) = (previous, current);
            Blur(previous, kernel, stride, -1, e, measured);
            Scale(decay, previous, current);
            BlurAdjoint(measured, kernel, stride, step, current, current);
            SquaredDistance(current, previous, square);
            double gradient = Math.Sqrt(square.ToScalar()) / step;
            bool stagnates = iteration % patience == 0 && gradient > 0.7 * checkpoint;
            if (gradient <= target || stagnates)
            {
                break;
            }

            checkpoint = iteration % patience == 0 ? gradient : checkpoint;
        }

        if (current != d)
        {
            Copy(current, d);
        }

        Scale(1 / (step * step), square, square);
        Fill(iteration, report.Slice(0, Shape.Scalar));
    }

    private static Tensor Part(Tensor workspace, int index, Shape shape) => workspace.Slice(index * shape.Count, shape);

    private void CheckImageLoop(
        Tensor e, Tensor kernel, int stride, Tensor measured, Tensor workspace, Tensor d, Tensor report, string op)
    {
        CheckBlur(d, kernel, stride, e, op);
        CheckShape(measured, e.Shape, op, nameof(measured));
        CheckInnerLoop(d.Shape, workspace, report, op);
        CheckDistinct(e, measured, op);
    }

    private void CheckInnerLoop(Shape shape, Tensor workspace, Tensor report, string op)
    {
        CheckOwn(workspace, report);
        CheckShape(workspace, InnerLoopWorkspace(shape), op, nameof(workspace));
        CheckShape(report, Shape.Vector(2), op, nameof(report));
    }
}
