namespace InfAdmm.Engine;

/// <remarks>Dense linear algebra, and a step of conjugate gradients.</remarks>
public abstract partial class Device
{
    /// <summary>c = a·b for matrices a (1, 1, m, k), b (1, 1, k, n), c (1, 1, m, n).</summary>
    public void MatMul(Tensor a, Tensor b, Tensor c)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(a, b, c);
        CheckShape(b, Shape.Matrix(a.Shape.W, b.Shape.W), nameof(MatMul), nameof(b));
        CheckShape(c, Shape.Matrix(a.Shape.H, b.Shape.W), nameof(MatMul), nameof(c));
        CheckDistinct(a, c, nameof(MatMul));
        CheckDistinct(b, c, nameof(MatMul));
        MatMulCore(a, b, c);
    }

    /// <summary>
    /// Solves L x = b, or Lᵀ x = b if <paramref name="transposed"/> is true, by substitution. L (1, 1, m, m) is lower
    /// triangular; its upper part is not read. b and x hold one or more systems of m elements each; x may be b.
    /// </summary>
    public void SolveTriangular(Tensor factor, bool transposed, Tensor b, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(factor, b, x);
        CheckSameCount(b, x, nameof(SolveTriangular));
        int size = factor.Shape.W;
        CheckShape(factor, Shape.Matrix(size, size), nameof(SolveTriangular), nameof(factor));
        if (b.Count % size != 0)
        {
            throw new ShapeException(
                $"{nameof(SolveTriangular)}: {b.Shape} must hold a multiple of {size} elements, the size of a system");
        }

        SolveTriangularCore(factor, transposed, b, x);
    }

    /// <summary>
    /// One iteration of conjugate gradients (Hestenes and Stiefel 1952) for G s = b, given the image G p of the search
    /// direction p. The solution s, the residual r and p are updated in place. state[0] holds ‖r‖² of the current
    /// residual on entry and of the next one on return, so no scalar is copied to the host. If pᵀGp is zero, nothing
    /// changes.
    /// </summary>
    public void ConjugateGradientStep(Tensor direction, Tensor image, Tensor solution, Tensor residual, Tensor state)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(direction, image, solution);
        CheckOwn(residual, state);
        CheckSameCount(direction, image, nameof(ConjugateGradientStep));
        CheckSameCount(direction, solution, nameof(ConjugateGradientStep));
        CheckSameCount(direction, residual, nameof(ConjugateGradientStep));
        CheckShape(state, Shape.Scalar, nameof(ConjugateGradientStep), nameof(state));
        ConjugateGradientStepCore(direction, image, solution, residual, state);
    }
}
