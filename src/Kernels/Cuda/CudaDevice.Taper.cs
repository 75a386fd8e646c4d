using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>A separable window on each plane; bound by memory (native/taper.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId TaperKernel = new("taper", "taper");

    /// <inheritdoc/>
    protected override void TaperCore(
        Tensor x, Tensor rowWeights, Tensor columnWeights, float scale, Tensor? addend, Tensor y)
    {
        int rows = x.Shape.Planes * x.Shape.H;
        Launch(
            TaperKernel,
            RowsShape(rows, x.Shape.W),
            new TaperArguments(
                Address(x), Address(rowWeights), Address(columnWeights), AddressOrNull(addend), Address(y), rows,
                x.Shape.W, scale, Divisor.Of(x.Shape.H), PartsOfRow(x.Shape.W)));
    }

    [KernelArguments("taper")]
    private readonly record struct TaperArguments(
        DevicePointer X, DevicePointer RowWeights, DevicePointer ColumnWeights, DevicePointer Addend, DevicePointer Y,
        int Rows, int Width, float Scale, Divisor Height, Divisor Parts);
}
