using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void CopyCore(Tensor x, Tensor y) => throw new NotImplementedException();
    protected override void FillCore(float value, Tensor y) => throw new NotImplementedException();
    protected override void FillNormalCore(ulong seed, ulong stream, Tensor y) => throw new NotImplementedException();
    protected override void CombineCore(float alpha, Tensor x, float beta, Tensor y, Tensor result) => throw new NotImplementedException();
    protected override void ScaleCore(float alpha, Tensor x, Tensor y) => throw new NotImplementedException();
    protected override void MultiplyCore(Tensor x, Tensor y, Tensor result) => throw new NotImplementedException();
    protected override void ReluCore(Tensor x, Tensor y) => throw new NotImplementedException();
    protected override void ReluBackwardCore(Tensor y, Tensor gy, Tensor gx) => throw new NotImplementedException();
    protected override void SoftThresholdCore(Tensor x, float tau, Tensor y) => throw new NotImplementedException();
    protected override void DotCore(Tensor x, Tensor y, Tensor result) => throw new NotImplementedException();
    protected override void SumOfMagnitudesCore(Tensor x, Tensor result) => throw new NotImplementedException();
    protected override void SquaredDistanceCore(Tensor x, Tensor y, Tensor result) => throw new NotImplementedException();
    protected override void SolveTriangularCore(Tensor factor, bool transposed, Tensor b, Tensor x) => throw new NotImplementedException();
    protected override void ConjugateGradientStepCore(Tensor direction, Tensor image, Tensor solution, Tensor residual, Tensor state) => throw new NotImplementedException();
    protected override void PixelShuffleCore(Tensor x, int factor, Tensor y) => throw new NotImplementedException();
    protected override void PixelUnshuffleCore(Tensor y, int factor, Tensor x) => throw new NotImplementedException();
    protected override void BlurCore(Tensor x, Tensor kernel, int stride, float scale, Tensor? addend, Tensor y) => throw new NotImplementedException();
    protected override void BlurAdjointCore(Tensor y, Tensor kernel, int stride, float scale, Tensor? addend, Tensor x) => throw new NotImplementedException();
    protected override void AdamStepCore(Tensor parameters, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamSpec spec) => throw new NotImplementedException();
}
