using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Maximum pooling and its gradient (native/max_pool.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId MaxPoolKernel = new("max_pool", "max_pool");
    private static readonly KernelId MaxPoolGradientKernel = new("max_pool", "max_pool_gradient");

    /// <inheritdoc/>
    protected override void MaxPool2dCore(Tensor x, PoolSpec spec, Tensor y) =>
        Launch(
            MaxPoolKernel, RowsShape((long)y.Shape.Planes * y.Shape.H, y.Shape.W),
            Arguments(Address(x), default, Address(y), x.Shape, y.Shape, y.Shape, spec));

    /// <inheritdoc/>
    protected override void MaxPool2dBackwardCore(Tensor x, Tensor gy, PoolSpec spec, Tensor gx) =>
        Launch(
            MaxPoolGradientKernel, RowsShape((long)x.Shape.Planes * x.Shape.H, x.Shape.W),
            Arguments(Address(x), Address(gy), Address(gx), x.Shape, gy.Shape, gx.Shape, spec));

    private static MaxPoolArguments Arguments(
        DevicePointer x, DevicePointer gy, DevicePointer result, Shape large, Shape small, Shape written,
        PoolSpec spec) =>
        new(
            x, gy, result, written.Planes * written.H, large.H, large.W, small.H, small.W, spec.Size, spec.Stride,
            spec.Padding, Divisor.Of(written.H), PartsOfRow(written.W));

    [KernelArguments("max_pool", "max_pool_gradient")]
    private readonly record struct MaxPoolArguments(
        DevicePointer X, DevicePointer Gy, DevicePointer Result, int Rows, int Height, int Width, int PooledHeight,
        int PooledWidth, int Size, int Stride, int Padding, Divisor ResultHeight, Divisor Parts);
}
