using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Crops planes, or pads them with their edge; bound by memory (native/window.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId WindowKernel = new("window", "window");

    /// <inheritdoc/>
    protected override void WindowCore(Tensor x, int top, int left, Tensor y)
    {
        int rows = y.Shape.Planes * y.Shape.H;
        Launch(
            WindowKernel,
            RowsShape(rows, y.Shape.W),
            new WindowArguments(
                Address(x), Address(y), x.Shape.H, x.Shape.W, top, left, rows, y.Shape.W, Divisor.Of(y.Shape.H),
                PartsOfRow(y.Shape.W)));
    }

    [KernelArguments("window")]
    private readonly record struct WindowArguments(
        DevicePointer X, DevicePointer Y, int Height, int Width, int Top, int Left, int YRows, int YWidth,
        Divisor YHeight, Divisor Parts);
}
