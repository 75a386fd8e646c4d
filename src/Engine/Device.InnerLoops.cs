namespace InfAdmm.Engine;

/// <remarks>
/// Whole inner loops, each of them one op. A backend may run them on the device without host synchronisation; the
/// implementations here control the loop from the host and read back one scalar per iteration. Each loop starts from
/// the given solution (a warm start) and writes (iterations, last ‖residual‖²) to
/// <see cref="InnerLoopWorkspace.Report"/>.
/// </remarks>
public abstract partial class Device
{
    /// <summary>
    /// True if inner loops run entirely on the device, so that they can be recorded. Otherwise the host reads a scalar
    /// in each iteration.
    /// </summary>
    public virtual bool SteersInnerLoops => false;

    /// <summary>
    /// Solves G w = e by conjugate gradients, where G is the periodic convolution of stride 1 with a symmetric positive
    /// definite kernel (1, 1, kh, kw) and all planes are one system. Starts from w and stops when
    /// ‖e − G w‖ ≤ tolerance·‖e‖. The workspace must be made for e's shape.
    /// </summary>
    public void SolveGram(Tensor e, Tensor kernel, InnerLoopSpec spec, InnerLoopWorkspace workspace, Tensor w)
    {
        CheckBlur(e, kernel, 1, w, nameof(SolveGram));
        CheckWorkspace(workspace, e.Shape, nameof(SolveGram));
        CheckDistinct(e, w, nameof(SolveGram));
        SolveGramCore(e, kernel, spec, workspace, w);
    }

    /// <summary>
    /// Solves (I + AᵀA/ρ) d = Aᵀe on the image grid by conjugate gradients, with A = S H as in
    /// <see cref="Blur(Tensor, Tensor, int, float, Tensor, Tensor)"/>. Starts from d and stops when the residual is at
    /// most tolerance·‖Aᵀe‖. rho is a scalar on the device. The workspace must be made for the shapes of d and e.
    /// </summary>
    public void SolveNormal(
        Tensor e, Tensor kernel, int stride, Tensor rho, InnerLoopSpec spec, InnerLoopWorkspace workspace, Tensor d)
    {
        CheckImageLoop(e, kernel, stride, workspace, d, nameof(SolveNormal));
        CheckShape(rho, Shape.Scalar, nameof(SolveNormal), nameof(rho));
        SolveNormalCore(e, kernel, stride, rho, spec, workspace, d);
    }

    /// <summary>
    /// Gradient descent for the same system times ρ: d ← d + step·(Aᵀ(e − A d) − ρ d). Starts from d and stops when the
    /// gradient is at most tolerance·‖Aᵀe‖, or when it stagnates: after <paramref name="patience"/> more iterations it
    /// is still above 0.7 of its earlier norm, because rounding keeps it from falling. rule (1, 1, 1, 2) holds ρ and
    /// the step on the device.
    /// </summary>
    public void DescendNormal(
        Tensor e, Tensor kernel, int stride, Tensor rule, int patience, InnerLoopSpec spec,
        InnerLoopWorkspace workspace, Tensor d)
    {
        CheckImageLoop(e, kernel, stride, workspace, d, nameof(DescendNormal));
        CheckShape(rule, Shape.Vector(2), nameof(DescendNormal), nameof(rule));
        ArgumentOutOfRangeException.ThrowIfLessThan(patience, 1);
        DescendNormalCore(e, kernel, stride, rule, patience, spec, workspace, d);
    }

    /// <summary>See <see cref="SolveGram"/>.</summary>
    protected virtual void SolveGramCore(
        Tensor e, Tensor kernel, InnerLoopSpec spec, InnerLoopWorkspace workspace, Tensor w)
    {
        Tensor residual = workspace.Part(0);
        Tensor direction = workspace.Part(1);
        Tensor image = workspace.Part(2);
        Tensor square = workspace.SquaredResidual;
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

        Fill(iteration, workspace.Iterations);
    }

    /// <summary>See <see cref="SolveNormal"/>.</summary>
    protected virtual void SolveNormalCore(
        Tensor e, Tensor kernel, int stride, Tensor rho, InnerLoopSpec spec, InnerLoopWorkspace workspace, Tensor d)
    {
        Tensor measured = workspace.Measured!;
        Tensor residual = workspace.Part(0);
        Tensor direction = workspace.Part(1);
        Tensor image = workspace.Part(2);
        Tensor square = workspace.SquaredResidual;
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

        Fill(iteration, workspace.Iterations);
    }

    /// <summary>See <see cref="DescendNormal"/>.</summary>
    protected virtual void DescendNormalCore(
        Tensor e, Tensor kernel, int stride, Tensor rule, int patience, InnerLoopSpec spec,
        InnerLoopWorkspace workspace, Tensor d)
    {
        Span<float> numbers = stackalloc float[2];
        Download(rule, numbers);
        float step = numbers[1];
        float decay = (float)(1 - (double)step * numbers[0]);
        Tensor square = workspace.SquaredResidual;
        Tensor measured = workspace.Measured!;
        Tensor current = d;
        Tensor previous = workspace.Part(0);
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
        Fill(iteration, workspace.Iterations);
    }

    private void CheckImageLoop(
        Tensor e, Tensor kernel, int stride, InnerLoopWorkspace workspace, Tensor d, string op)
    {
        CheckBlur(d, kernel, stride, e, op);
        CheckWorkspace(workspace, d.Shape, op);
        if (workspace.Measured is null || workspace.Measured.Shape != e.Shape)
        {
            throw new ShapeException($"{op}: the workspace must be made for measurements of {e.Shape}");
        }
    }

    private void CheckWorkspace(InnerLoopWorkspace workspace, Shape unknown, string op)
    {
        CheckOwn(workspace.Memory);
        if (workspace.Unknown != unknown)
        {
            throw new ShapeException($"{op}: the workspace must be made for {unknown}, not {workspace.Unknown}");
        }
    }
}
