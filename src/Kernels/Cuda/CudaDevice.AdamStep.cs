using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Adam over all parameters in one launch: 28 bytes per parameter, bound by memory (native/adam.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId AdamStepKernel = new("adam", "adam_step");

    /// <inheritdoc/>
    protected override void AdamStepCore(
        Tensor parameters, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamSpec spec)
    {
        double correction1 = 1 - Math.Pow(spec.Beta1, spec.Step);
        double correction2 = 1 - Math.Pow(spec.Beta2, spec.Step);
        var arguments = new AdamArguments(
            Address(parameters), Address(gradient), Address(firstMoment), Address(secondMoment), spec.Beta1, spec.Beta2,
            1 - spec.Beta1, 1 - spec.Beta2, spec.Epsilon, (float)(spec.LearningRate / correction1),
            (float)(1 / correction2), parameters.Count);
        Launch(AdamStepKernel, StreamShape(parameters.Count), arguments);
    }

    [KernelArguments("adam_step")]
    private readonly record struct AdamArguments(
        DevicePointer Parameters, DevicePointer Gradient, DevicePointer FirstMoment, DevicePointer SecondMoment,
        float Beta1, float Beta2, float Rest1, float Rest2, float Epsilon, float Rate, float SecondScale, int Count);
}
