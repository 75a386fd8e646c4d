using InfAdmm.Engine.Inference;
using InfAdmm.Kernels.Cuda.Inference;

namespace InfAdmm.Kernels.Cuda;

public sealed partial class CudaDevice
{
    /// <inheritdoc/>
    protected override InferencePlan CompileCore(NetworkNode output) => CudaInferencePlan.Create(this, output);
}
