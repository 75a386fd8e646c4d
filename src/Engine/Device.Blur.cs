namespace InfAdmm.Engine;

/// <remarks>The measurement operator A = S H: blur, then decimation.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// y = scale·(S H x) + addend for each plane. H is a true convolution with periodic boundary and kernel origin ((kh
    /// − 1)/2, (kw − 1)/2); S keeps pixels [0::stride, 0::stride] (docs/mathematics.md §3). kernel (1, 1, kh, kw) is
    /// not larger than x. addend has y's shape and may be y; null stands for zero.
    /// </summary>
    public void Blur(Tensor x, Tensor kernel, int stride, float scale, Tensor? addend, Tensor y) =>
        Blur(x, kernel, stride, Boundary.Periodic, scale, addend, y);

    /// <summary>
    /// The same with any boundary. For <see cref="Boundary.Valid"/> y is (N, C, ⌈(H − kh + 1) / stride⌉,
    /// ⌈(W − kw + 1) / stride⌉) and its first pixel is the blur at row ⌊kh / 2⌋ and column ⌊kw / 2⌋; for the other
    /// boundaries y has the shape of x after decimation.
    /// </summary>
    public void Blur(
        Tensor x, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y)
    {
        using UseGuard.Scope use = Use();
        CheckBlur(x, kernel, stride, y, nameof(Blur), boundary);
        CheckAddend(addend, y, nameof(Blur));
        CheckDistinct(x, y, nameof(Blur));
        BlurCore(x, kernel, stride, boundary, scale, addend, y);
    }

    /// <summary>The shape of a blurred and decimated image.</summary>
    /// <exception cref="ShapeException">
    /// The stride does not divide height and width (required unless the boundary is <see cref="Boundary.Valid"/>), or
    /// the kernel is larger than the image.
    /// </exception>
    public static Shape BlurOutput(Shape x, Shape kernel, int stride, Boundary boundary)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        if (kernel.H > x.H || kernel.W > x.W)
        {
            throw new ShapeException($"a kernel of {kernel} is larger than an image of {x}");
        }

        return boundary != Boundary.Valid ? x.Downsampled(stride) : x with
        {
            H = (x.H - kernel.H) / stride + 1,
            W = (x.W - kernel.W) / stride + 1,
        };
    }

    /// <summary>
    /// x = scale·(Hᵀ Sᵀ y) + addend, the exact adjoint of the periodic blur. addend has x's shape and may be x; null
    /// stands for zero.
    /// </summary>
    public void BlurAdjoint(Tensor y, Tensor kernel, int stride, float scale, Tensor? addend, Tensor x) =>
        BlurAdjoint(y, kernel, stride, Boundary.Periodic, scale, addend, x);

    /// <summary>The same for the blur with any boundary.</summary>
    public void BlurAdjoint(
        Tensor y, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckBlur(x, kernel, stride, y, nameof(BlurAdjoint), boundary);
        CheckAddend(addend, x, nameof(BlurAdjoint));
        CheckDistinct(y, x, nameof(BlurAdjoint));
        BlurAdjointCore(y, kernel, stride, boundary, scale, addend, x);
    }

    private void CheckBlur(
        Tensor x, Tensor kernel, int stride, Tensor y, string op, Boundary boundary = Boundary.Periodic)
    {
        CheckOwn(x, kernel, y);
        CheckShape(kernel, Shape.Matrix(kernel.Shape.H, kernel.Shape.W), op, nameof(kernel));
        CheckShape(y, BlurOutput(x.Shape, kernel.Shape, stride, boundary), op, nameof(y));
    }

    private void CheckAddend(Tensor? addend, Tensor destination, string op)
    {
        if (addend is not null)
        {
            CheckOwn(addend);
            CheckShape(addend, destination.Shape, op, nameof(addend));
        }
    }
}
