using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void RealFft2Core(Tensor x, Tensor spectrum) => throw new NotImplementedException();
    protected override void InverseRealFft2Core(Tensor spectrum, Tensor x) => throw new NotImplementedException();
    protected override void ScaleSpectrumCore(Tensor spectrum, Tensor gain, Tensor result) => throw new NotImplementedException();
    protected override void SpectrumResidualCore(Tensor qSpectrum, Tensor ySpectrum, Tensor transfer, Shape imageShape, int stride, Tensor eSpectrum) => throw new NotImplementedException();
    protected override void SpectrumCorrectionCore(Tensor qSpectrum, Tensor wSpectrum, Tensor transfer, Shape imageShape, int stride, Tensor zSpectrum) => throw new NotImplementedException();
}
