namespace InfAdmm.Engine;

/// <remarks>What a backend implements, unless it is stated beside its op: the arguments are valid.</remarks>
public abstract partial class Device
{
#pragma warning disable CS1591
    protected abstract void CopyCore(Tensor x, Tensor y);
    protected abstract void CopyChannelsCore(Tensor x, int from, int count, Tensor y, int to);
    protected abstract void FillCore(float value, Tensor y);
    protected abstract void FillNormalCore(ulong seed, ulong stream, Tensor y);

    /// <summary>
    /// See <see cref="FillNormal(ulong, ulong, long, Tensor)"/>. Computes all numbers before the first one too, unless a backend
    /// replaces it.
    /// </summary>
    protected virtual void FillNormalCore(ulong seed, ulong stream, long first, Tensor y)
    {
        using Tensor all = Allocate(Shape.Vector((int)first + y.Count));
        FillNormalCore(seed, stream, all);
        Copy(all.Slice(first, y.Shape), y);
    }
    protected abstract void CombineCore(float alpha, Tensor x, float beta, Tensor y, Tensor result);
    protected abstract void ScaleCore(float alpha, Tensor x, Tensor y);
    protected abstract void ReluCore(Tensor x, Tensor y);
    protected abstract void ReluBackwardCore(Tensor y, Tensor gy, Tensor gx);
    protected abstract void LeakyReluCore(Tensor x, float slope, Tensor y);
    protected abstract void LeakyReluBackwardCore(Tensor y, Tensor gy, float slope, Tensor gx);
    protected abstract void SigmoidCore(Tensor x, Tensor y);
    protected abstract void SigmoidBackwardCore(Tensor y, Tensor gy, Tensor gx);
    protected abstract void SoftThresholdCore(Tensor x, Tensor tau, Tensor y);
    protected abstract void SoftThresholdReflectedCore(Tensor z, Tensor tau, Tensor q, Tensor x);
    protected abstract void DotCore(Tensor x, Tensor y, Tensor result);
    protected abstract void SumOfMagnitudesCore(Tensor x, Tensor result);
    protected abstract void SquaredDistanceCore(Tensor x, Tensor y, Tensor result);
    protected abstract void AbsoluteDistanceCore(Tensor x, Tensor y, Tensor result);
    protected abstract void AbsoluteDistanceBackwardCore(float scale, Tensor x, Tensor y, Tensor gx);
    protected abstract void StoppingTestCore(Tensor sums, Tensor rule, Tensor verdict);
    protected abstract void IterateSumsCore(Tensor x, Tensor z, Tensor previousZ, Tensor q, Tensor sums);
    protected abstract void MatMulCore(Tensor a, Tensor b, Tensor c);
    protected abstract void SolveTriangularCore(Tensor factor, bool transposed, Tensor b, Tensor x);
    protected abstract void ConjugateGradientStepCore(
        Tensor direction, Tensor image, Tensor solution, Tensor residual, Tensor state);
    protected abstract void Conv2dCore(
        Tensor x, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor y);
    protected abstract void Conv2dBackwardInputCore(
        Tensor gy, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor gx);
    protected abstract void Conv2dBackwardWeightsCore(Tensor x, Tensor gy, Conv2dSpec spec, Tensor gw);
    protected abstract void Conv2dBackwardBiasCore(Tensor gy, Tensor gb);
    protected abstract void MaxPool2dCore(Tensor x, PoolSpec spec, Tensor y);
    protected abstract void MaxPool2dBackwardCore(Tensor x, Tensor gy, PoolSpec spec, Tensor gx);
    protected abstract void PixelShuffleCore(Tensor x, int factor, Tensor y);
    protected abstract void PixelUnshuffleCore(Tensor y, int factor, Tensor x);
    protected abstract void BlurCore(
        Tensor x, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor y);
    protected abstract void BlurAdjointCore(
        Tensor y, Tensor kernel, int stride, Boundary boundary, float scale, Tensor? addend, Tensor x);
    protected abstract void RealFft2Core(Tensor x, Tensor spectrum);
    protected abstract void InverseRealFft2Core(Tensor spectrum, Tensor x);
    protected abstract void ScaleSpectrumCore(Tensor spectrum, Tensor gain, Tensor result);
    protected abstract void SpectrumResidualCore(
        Tensor qSpectrum, Tensor ySpectrum, Tensor transfer, Shape imageShape, int stride, Tensor eSpectrum);
    protected abstract void SpectrumCorrectionCore(
        Tensor qSpectrum, Tensor wSpectrum, Tensor transfer, Shape imageShape, int stride, Tensor zSpectrum);
    protected abstract void WindowCore(Tensor x, int top, int left, Tensor y);
    protected abstract void AdamStepCore(
        Tensor parameters, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamSpec spec);
#pragma warning restore CS1591
}
