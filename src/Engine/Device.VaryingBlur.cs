namespace InfAdmm.Engine;

/// <remarks>
/// A blur that varies across the image, with separable windows. The implementations here apply every kernel to the
/// whole image; a backend may skip what a window sets to zero.
/// </remarks>
public abstract partial class Device
{
    /// <summary>
    /// y = scale·Σ_a window_a ∘ (S H_a x) + addend for each plane, with the kernels and windows of
    /// <paramref name="kernels"/> and S H as in
    /// <see cref="Blur(Tensor, Tensor, int, Boundary, float, Tensor, Tensor)"/> (Hirsch et al., CVPR 2010). addend has y's shape and may be y; null stands for zero.
    /// </summary>
    public void VaryingBlur(
        Tensor x, VaryingKernels kernels, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckVaryingBlur(x, kernels, stride, boundary, y, nameof(VaryingBlur));
        CheckAddend(addend, y, nameof(VaryingBlur));
        CheckDistinct(x, y, nameof(VaryingBlur));
        VaryingBlurCore(x, kernels, stride, boundary, scale, addend, y);
    }

    /// <summary>
    /// x = scale·Σ_a H_aᵀ Sᵀ (window_a ∘ y) + addend, the exact adjoint. addend has x's shape and may be x; null stands
    /// for zero.
    /// </summary>
    public void VaryingBlurAdjoint(
        Tensor y, VaryingKernels kernels, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckVaryingBlur(x, kernels, stride, boundary, y, nameof(VaryingBlurAdjoint));
        CheckAddend(addend, x, nameof(VaryingBlurAdjoint));
        CheckDistinct(y, x, nameof(VaryingBlurAdjoint));
        VaryingBlurAdjointCore(y, kernels, stride, boundary, scale, addend, x);
    }

    /// <summary>
    /// y[i, j] = scale·rowWeights[i]·columnWeights[j]·x[i, j] + addend[i, j] for each plane: a separable window.
    /// rowWeights (1, 1, 1, H), columnWeights (1, 1, 1, W). addend has y's shape; null stands for zero. y may be x or
    /// addend.
    /// </summary>
    public void Taper(Tensor x, Tensor rowWeights, Tensor columnWeights, float scale, Tensor? addend, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, y);
        CheckOwn(rowWeights, columnWeights);
        CheckShape(y, x.Shape, nameof(Taper), nameof(y));
        CheckShape(rowWeights, Shape.Vector(x.Shape.H), nameof(Taper), nameof(rowWeights));
        CheckShape(columnWeights, Shape.Vector(x.Shape.W), nameof(Taper), nameof(columnWeights));
        CheckAddend(addend, y, nameof(Taper));
        TaperCore(x, rowWeights, columnWeights, scale, addend, y);
    }

    /// <summary>See <see cref="VaryingBlur"/>.</summary>
    protected virtual void VaryingBlurCore(
        Tensor x, VaryingKernels kernels, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y)
    {
        for (int a = 0; a < kernels.EachKernel.Length; a++)
        {
            Tensor row = kernels.EachRow[a / kernels.Columns];
            Tensor column = kernels.EachColumn[a % kernels.Columns];
            Blur(x, kernels.EachKernel[a], stride, boundary, scale, null, kernels.Workspace);
            Taper(kernels.Workspace, row, column, 1, a == 0 ? addend : y, y);
        }
    }

    /// <summary>See <see cref="VaryingBlurAdjoint"/>.</summary>
    protected virtual void VaryingBlurAdjointCore(
        Tensor y, VaryingKernels kernels, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x)
    {
        for (int a = 0; a < kernels.EachKernel.Length; a++)
        {
            Tensor row = kernels.EachRow[a / kernels.Columns];
            Tensor column = kernels.EachColumn[a % kernels.Columns];
            Taper(y, row, column, 1, null, kernels.Workspace);
            BlurAdjoint(kernels.Workspace, kernels.EachKernel[a], stride, boundary, scale, a == 0 ? addend : x, x);
        }
    }

    /// <summary>See <see cref="Taper"/>.</summary>
    protected abstract void TaperCore(
        Tensor x, Tensor rowWeights, Tensor columnWeights, float scale, Tensor? addend, Tensor y);

    private void CheckVaryingBlur(
        Tensor x, VaryingKernels kernels, int stride, Boundary boundary, Tensor y, string op)
    {
        CheckOwn(x, y);
        CheckOwn(kernels.Kernels, kernels.RowWeights, kernels.ColumnWeights);
        CheckShape(y, BlurOutput(x.Shape, kernels.KernelShape, stride, boundary), op, nameof(y));
        CheckOperand(kernels.Workspace, y.Shape, "workspace");
    }
}
