namespace InfAdmm.Engine;

/// <remarks>
/// Whole inner loops with a periodic blur, each one op. A backend that can control them on the device runs them without
/// host synchronisation; the implementations here use <see cref="HostLoops"/>, which reads back one scalar in each
/// iteration. Each starts at the solution that it is given, and writes (iterations, last ‖residual‖²) to
/// <see cref="InnerLoopWorkspace.Report"/>.
/// </remarks>
public abstract partial class Device
{
    /// <summary>
    /// True if inner loops run entirely on the device, so that they can be recorded; otherwise the host reads a scalar
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
        using UseGuard.Scope use = Use();
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
        using UseGuard.Scope use = Use();
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
        using UseGuard.Scope use = Use();
        CheckImageLoop(e, kernel, stride, workspace, d, nameof(DescendNormal));
        CheckShape(rule, Shape.Vector(2), nameof(DescendNormal), nameof(rule));
        ArgumentOutOfRangeException.ThrowIfLessThan(patience, 1);
        DescendNormalCore(e, kernel, stride, rule, patience, spec, workspace, d);
    }

    /// <summary>See <see cref="SolveGram"/>.</summary>
    protected virtual void SolveGramCore(
        Tensor e, Tensor kernel, InnerLoopSpec spec, InnerLoopWorkspace workspace, Tensor w)
    {
        double target = HostLoops.SquaredTarget(e, spec, workspace);
        Blur(w, kernel, 1, -1, e, workspace.Residual);
        HostLoops.ConjugateGradients(new GramMap(this, kernel), target, spec, workspace, w);
    }

    /// <summary>See <see cref="SolveNormal"/>.</summary>
    protected virtual void SolveNormalCore(
        Tensor e, Tensor kernel, int stride, Tensor rho, InnerLoopSpec spec, InnerLoopWorkspace workspace, Tensor d)
    {
        Tensor measured = workspace.Measured!;
        Tensor scratch = workspace.Part(1);
        float inverseRho = 1 / rho.ToScalar();
        BlurAdjoint(e, kernel, stride, 1, null, scratch);
        double target = HostLoops.SquaredTarget(scratch, spec, workspace);

        // The residual at the warm start: Aᵀ(e − A d/ρ) − d.
        Blur(d, kernel, stride, -inverseRho, e, measured);
        Scale(-1, d, scratch);
        BlurAdjoint(measured, kernel, stride, 1, scratch, workspace.Residual);
        HostLoops.ConjugateGradients(
            new NormalMap(this, kernel, stride, inverseRho, measured), target, spec, workspace, d);
    }

    /// <summary>See <see cref="DescendNormal"/>.</summary>
    protected virtual void DescendNormalCore(
        Tensor e, Tensor kernel, int stride, Tensor rule, int patience, InnerLoopSpec spec,
        InnerLoopWorkspace workspace, Tensor d)
    {
        Span<float> numbers = stackalloc float[2];
        Download(rule, numbers);
        BlurAdjoint(e, kernel, stride, 1, null, workspace.Residual);
        double target = Math.Sqrt(HostLoops.SquaredTarget(workspace.Residual, spec, workspace));
        HostLoops.Descend(
            new BlurDescent(this, e, kernel, stride, numbers[0], numbers[1], workspace.Measured!), numbers[1], target,
            patience, spec, workspace, d);
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

    /// <summary>The stride-1 periodic convolution with a symmetric kernel.</summary>
    private readonly struct GramMap(Device device, Tensor kernel) : ISymmetricMap
    {
        public void Apply(Tensor x, Tensor y) => device.Blur(x, kernel, 1, 1, null, y);
    }

    /// <summary>I + AᵀA/ρ.</summary>
    private readonly struct NormalMap(Device device, Tensor kernel, int stride, float inverseRho, Tensor measured)
        : ISymmetricMap
    {
        public void Apply(Tensor x, Tensor y)
        {
            device.Blur(x, kernel, stride, 1, null, measured);
            device.BlurAdjoint(measured, kernel, stride, inverseRho, x, y);
        }
    }

    /// <summary>next = current + step·(Aᵀ(e − A current) − ρ current).</summary>
    private readonly struct BlurDescent(
        Device device, Tensor e, Tensor kernel, int stride, float rho, float step, Tensor measured) : IDescent
    {
        public void Step(Tensor current, Tensor next)
        {
            device.Blur(current, kernel, stride, -1, e, measured);
            device.Scale((float)(1 - (double)step * rho), current, next);
            device.BlurAdjoint(measured, kernel, stride, step, next, next);
        }
    }
}
