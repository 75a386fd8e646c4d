using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Elementwise ops: one launch each, bound by memory (native/elementwise.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId CopyKernel = new("elementwise", "copy");
    private static readonly KernelId FillKernel = new("elementwise", "fill");
    private static readonly KernelId ScaleKernel = new("elementwise", "scale");
    private static readonly KernelId CombineKernel = new("elementwise", "combine");

    /// <inheritdoc/>
    protected override void CopyCore(Tensor x, Tensor y) => Launch(
        CopyKernel, StreamShape(x.Count), new UnaryArguments(Address(x), Address(y), 0, x.Count));

    /// <inheritdoc/>
    protected override void FillCore(float value, Tensor y) => Launch(
        FillKernel, StreamShape(y.Count), new UnaryArguments(DevicePointer.Null, Address(y), value, y.Count));

    /// <inheritdoc/>
    protected override void ScaleCore(float alpha, Tensor x, Tensor y) => Launch(
        ScaleKernel, StreamShape(x.Count), new UnaryArguments(Address(x), Address(y), alpha, x.Count));

    /// <inheritdoc/>
    protected override void CombineCore(float alpha, Tensor x, float beta, Tensor y, Tensor result) => Launch(
        CombineKernel,
        StreamShape(x.Count),
        new CombineArguments(Address(x), Address(y), Address(result), alpha, beta, x.Count));

    /// <summary>
    /// The launch shape of a kernel that streams over the given number of elements: one thread for 8 elements, which is
    /// two loads of 16 bytes from each array, up to the maximum number of blocks.
    /// </summary>
    private static LaunchShape StreamShape(long count) => LaunchShape.Elements(count, perThread: 8);

    [KernelArguments("copy", "fill", "scale")]
    private readonly record struct UnaryArguments(DevicePointer X, DevicePointer Result, float Value, int Count);

    [KernelArguments("combine")]
    private readonly record struct CombineArguments(
        DevicePointer X, DevicePointer Y, DevicePointer Result, float Alpha, float Beta, int Count);
}
