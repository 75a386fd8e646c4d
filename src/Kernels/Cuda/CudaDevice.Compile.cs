using InfAdmm.Engine.Inference;
using InfAdmm.Kernels.Cuda.Inference;

namespace InfAdmm.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    public override InferencePlan Compile(NetworkNode output) => CudaInferencePlan.Create(this, output);
}
