using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void ScaleSpectrumCore(Tensor spectrum, Tensor gain, Tensor result)
    {
        var job = new ScaleSpectrumJob<S, V>
        {
            Spectrum = Pointer(spectrum),
            Gain = Pointer(gain),
            Result = Pointer(result),
            Frequencies = gain.Count,
        };
        _pool.Run(job, spectrum.Shape.Planes * job.Pieces);
    }

    protected override void SpectrumResidualCore(
        Tensor qSpectrum, Tensor ySpectrum, Tensor transfer, Shape imageShape, int stride, Tensor eSpectrum)
    {
        var job = new SpectrumResidualJob<S, V>
        {
            Grid = new AliasGrid(imageShape.H, imageShape.W, stride),
            Q = Pointer(qSpectrum),
            Y = Pointer(ySpectrum),
            Transfer = Pointer(transfer),
            E = Pointer(eSpectrum),
        };
        job.WorkLength = CacheSizes.Aligned(4L * (job.Grid.LowColumns + S.Width));
        job.Work = Scratch(Threads * job.WorkLength);
        _pool.Run(job, imageShape.Planes * job.Grid.Pieces);
    }

    protected override void SpectrumCorrectionCore(
        Tensor qSpectrum, Tensor wSpectrum, Tensor transfer, Shape imageShape, int stride, Tensor zSpectrum)
    {
        var job = new SpectrumCorrectionJob<S, V>
        {
            Grid = new AliasGrid(imageShape.H, imageShape.W, stride),
            Q = Pointer(qSpectrum),
            W = Pointer(wSpectrum),
            Transfer = Pointer(transfer),
            Z = Pointer(zSpectrum),
        };
        job.WorkLength = CacheSizes.Aligned(2L * job.Grid.LowWidth);
        job.Work = Scratch(Threads * job.WorkLength);
        _pool.Run(job, imageShape.Planes * job.Grid.Pieces);
    }
}
