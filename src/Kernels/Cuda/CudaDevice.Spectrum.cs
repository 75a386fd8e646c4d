using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Products of half spectra (native/spectrum.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId ScaleSpectrumKernel = new("spectrum", "scale_spectrum");
    private static readonly KernelId SpectrumResidualKernel = new("spectrum", "spectrum_residual");
    private static readonly KernelId SpectrumCorrectionKernel = new("spectrum", "spectrum_correction");

    /// <inheritdoc/>
    protected override void ScaleSpectrumCore(Tensor spectrum, Tensor gain, Tensor result)
    {
        var arguments = new ScaleSpectrumArguments(
            Address(spectrum), Address(gain), Address(result), (int)gain.Count, spectrum.Shape.Planes);
        Launch(ScaleSpectrumKernel, LaunchShape.Elements(spectrum.Count / 2, perThread: 1), arguments);
    }

    /// <inheritdoc/>
    protected override void SpectrumResidualCore(
        Tensor qSpectrum, Tensor ySpectrum, Tensor transfer, Shape imageShape, int stride, Tensor eSpectrum)
    {
        var arguments = new AliasArguments(
            Address(qSpectrum), Address(ySpectrum), Address(transfer), Address(eSpectrum), imageShape.H, imageShape.W,
            stride, imageShape.Planes);
        Launch(SpectrumResidualKernel, LaunchShape.Elements(eSpectrum.Count / 2, perThread: 1), arguments);
    }

    /// <inheritdoc/>
    protected override void SpectrumCorrectionCore(
        Tensor qSpectrum, Tensor wSpectrum, Tensor transfer, Shape imageShape, int stride, Tensor zSpectrum)
    {
        var arguments = new AliasArguments(
            Address(qSpectrum), Address(wSpectrum), Address(transfer), Address(zSpectrum), imageShape.H, imageShape.W,
            stride, imageShape.Planes);
        Launch(SpectrumCorrectionKernel, LaunchShape.Elements(zSpectrum.Count / 2, perThread: 1), arguments);
    }

    [KernelArguments("scale_spectrum")]
    private readonly record struct ScaleSpectrumArguments(
        DevicePointer Spectrum, DevicePointer Gain, DevicePointer Result, int Frequencies, int Planes);

    [KernelArguments("spectrum_residual", "spectrum_correction")]
    private readonly record struct AliasArguments(
        DevicePointer Q, DevicePointer Low, DevicePointer Transfer, DevicePointer Result, int Height, int Width,
        int Stride, int Planes);
}
