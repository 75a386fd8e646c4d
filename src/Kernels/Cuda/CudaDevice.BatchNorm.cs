using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// Batch normalization and its gradients, two launches each: first the sums over channels, then all elements
/// (native/batch_norm.cu). Bound by memory.
/// </summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId MomentsKernel = new("batch_norm", "batch_norm_moments");
    private static readonly KernelId FixedStatisticsKernel = new("batch_norm", "batch_norm_fixed");
    private static readonly KernelId NormalizeKernel = new("batch_norm", "batch_norm_apply");
    private static readonly KernelId GradientSumsKernel = new("batch_norm", "batch_norm_gradient_sums");
    private static readonly KernelId GradientKernel = new("batch_norm", "batch_norm_gradient_apply");

    /// <inheritdoc/>
    protected override void BatchNormCore(
        Tensor x, Tensor gamma, Tensor beta, BatchNormSpec spec, Activation activation,
        Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor y)
    {
        Shape shape = x.Shape;
        LaunchShape launch = ChannelSumsShape(shape);
        var arguments = new BatchNormArguments(
            Address(x), Address(gamma), Address(beta), Address(mean), Address(inverseDeviation), Address(runningMean),
            Address(runningVariance), Address(y), PartialChannelSums(launch, shape.C, 2), Counter(0), ChannelLayout.Of(shape),
            spec.Epsilon, spec.Momentum, Rectified(activation));
        Launch(MomentsKernel, launch, arguments);
        Launch(NormalizeKernel, LaunchShape.Elements(x.Count), arguments);
    }

    /// <inheritdoc/>
    protected override void BatchNormFixedCore(
        Tensor x, Tensor gamma, Tensor beta, float epsilon, Activation activation,
        Tensor mean, Tensor variance, Tensor inverseDeviation, Tensor y)
    {
        Shape shape = x.Shape;
        var arguments = new BatchNormArguments(
            Address(x), Address(gamma), Address(beta), Address(mean), Address(inverseDeviation), DevicePointer.Null,
            Address(variance), Address(y), DevicePointer.Null, DevicePointer.Null, ChannelLayout.Of(shape),
            epsilon, 0, Rectified(activation));
        Launch(FixedStatisticsKernel, LaunchShape.Elements(shape.C, perThread: 1), arguments);
        Launch(NormalizeKernel, LaunchShape.Elements(x.Count), arguments);
    }

    /// <inheritdoc/>
    protected override void BatchNormBackwardCore(
        Tensor x, Tensor y, Tensor gy, Tensor gamma, Tensor mean, Tensor inverseDeviation, Activation activation,
        bool fixedStatistics, Tensor gx, Tensor ggamma, Tensor gbeta)
    {
        Shape shape = x.Shape;
        LaunchShape launch = ChannelSumsShape(shape);
        float inverseCount = fixedStatistics ? 0 : (float)(1 / (shape.N * (double)shape.PlaneSize));
        var arguments = new BatchNormGradientArguments(
            Address(x), Address(y), Address(gy), Address(gamma), Address(mean), Address(inverseDeviation), Address(gx),
            Address(ggamma), Address(gbeta), PartialChannelSums(launch, shape.C, 2), Counter(0), ChannelLayout.Of(shape),
            Rectified(activation), inverseCount);
        Launch(GradientSumsKernel, launch, arguments);
        Launch(GradientKernel, LaunchShape.Elements(x.Count), arguments);
    }

    private static int Rectified(Activation activation) => activation == Activation.Relu ? 1 : 0;

    [KernelArguments("batch_norm_moments", "batch_norm_fixed", "batch_norm_apply")]
    private readonly record struct BatchNormArguments(
        DevicePointer X, DevicePointer Gamma, DevicePointer Beta, DevicePointer Mean, DevicePointer InverseDeviation,
        DevicePointer RunningMean, DevicePointer RunningVariance, DevicePointer Y, DevicePointer Partial,
        DevicePointer Counter, ChannelLayout Layout, float Epsilon, float Momentum, int Rectified);

    [KernelArguments("batch_norm_gradient_sums", "batch_norm_gradient_apply")]
    private readonly record struct BatchNormGradientArguments(
        DevicePointer X, DevicePointer Y, DevicePointer Gy, DevicePointer Gamma, DevicePointer Mean,
        DevicePointer InverseDeviation, DevicePointer Gx, DevicePointer Ggamma, DevicePointer Gbeta,
        DevicePointer Partial, DevicePointer Counter, ChannelLayout Layout, int Rectified,
        float InverseCount);
}
