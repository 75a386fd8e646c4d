namespace InfAdmm.Engine;

/// <remarks>The Fourier transform of real planes, and ops on half spectra.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// The unnormalised 2-D DFT of each real plane of x (N, C, H, W), for any H and W, as a half spectrum
    /// (<see cref="Shape.Spectrum"/>).
    /// </summary>
    public void RealFft2(Tensor x, Tensor spectrum)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(x, spectrum);
        CheckShape(spectrum, x.Shape.Spectrum, nameof(RealFft2), nameof(spectrum));
        CheckDistinct(x, spectrum, nameof(RealFft2));
        RealFft2Core(x, spectrum);
    }

    /// <summary>
    /// The inverse of <see cref="RealFft2"/>, divided by H·W. The spectrum is used as workspace; its contents are
    /// undefined afterwards.
    /// </summary>
    public void InverseRealFft2(Tensor spectrum, Tensor x)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(spectrum, x);
        CheckShape(spectrum, x.Shape.Spectrum, nameof(InverseRealFft2), nameof(spectrum));
        CheckDistinct(spectrum, x, nameof(InverseRealFft2));
        InverseRealFft2Core(spectrum, x);
    }

    /// <summary>
    /// result = gain·spectrum, with a real gain (1, 1, H, ⌊W/2⌋ + 1) for each frequency, the same for every plane. The
    /// result may be the spectrum.
    /// </summary>
    public void ScaleSpectrum(Tensor spectrum, Tensor gain, Tensor result)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(spectrum, gain, result);
        Shape shape = spectrum.Shape;
        CheckShape(gain, new Shape(1, 1, shape.H, shape.W / 2), nameof(ScaleSpectrum), nameof(gain));
        CheckShape(result, shape, nameof(ScaleSpectrum), nameof(result));
        ScaleSpectrumCore(spectrum, gain, result);
    }

    /// <summary>
    /// The transform of the residual y − A q from the transforms of y and q: ê(k) = ŷ(k) − (1/s²) Σ ĥ(K)·q̂(K) over the
    /// s² frequencies K that alias to k (docs/mathematics.md §3). q has the shape <paramref name="imageShape"/>,
    /// transfer is the half spectrum ĥ of one plane of that size, and y and e are on the grid decimated by stride.
    /// eSpectrum may be ySpectrum.
    /// </summary>
    public void SpectrumResidual(
        Tensor qSpectrum, Tensor ySpectrum, Tensor transfer, Shape imageShape, int stride, Tensor eSpectrum)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(qSpectrum, ySpectrum, eSpectrum);
        CheckSpectra(qSpectrum, ySpectrum, transfer, imageShape, stride, nameof(SpectrumResidual));
        CheckShape(eSpectrum, ySpectrum.Shape, nameof(SpectrumResidual), nameof(eSpectrum));
        SpectrumResidualCore(qSpectrum, ySpectrum, transfer, imageShape, stride, eSpectrum);
    }

    /// <summary>
    /// The transform of q + Aᵀ w: ẑ(K) = q̂(K) + conj(ĥ(K))·ŵ(K mod the low-resolution grid) (docs/mathematics.md §3).
    /// The shapes are those of <see cref="SpectrumResidual"/>. zSpectrum may be qSpectrum.
    /// </summary>
    public void SpectrumCorrection(
        Tensor qSpectrum, Tensor wSpectrum, Tensor transfer, Shape imageShape, int stride, Tensor zSpectrum)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(qSpectrum, wSpectrum, zSpectrum);
        CheckSpectra(qSpectrum, wSpectrum, transfer, imageShape, stride, nameof(SpectrumCorrection));
        CheckShape(zSpectrum, qSpectrum.Shape, nameof(SpectrumCorrection), nameof(zSpectrum));
        SpectrumCorrectionCore(qSpectrum, wSpectrum, transfer, imageShape, stride, zSpectrum);
    }

    private void CheckSpectra(
        Tensor image, Tensor measurement, Tensor transfer, Shape imageShape, int stride, string op)
    {
        CheckOwn(transfer);
        CheckShape(image, imageShape.Spectrum, op, nameof(image));
        CheckShape(measurement, imageShape.Downsampled(stride).Spectrum, op, nameof(measurement));
        CheckShape(transfer, (imageShape with { N = 1, C = 1 }).Spectrum, op, nameof(transfer));
    }
}
