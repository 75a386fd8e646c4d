using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void MatMulCore(Tensor a, Tensor b, Tensor c) => throw new NotImplementedException();
    protected override void Conv2dCore(Tensor x, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor y) => throw new NotImplementedException();
    protected override void Conv2dBackwardInputCore(Tensor gy, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor gx) => throw new NotImplementedException();
    protected override void Conv2dBackwardWeightsCore(Tensor x, Tensor gy, Conv2dSpec spec, Tensor gw) => throw new NotImplementedException();
    protected override void Conv2dBackwardBiasCore(Tensor gy, Tensor gb) => throw new NotImplementedException();
}
