using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>Activations and their gradients; bound by memory (native/activation.cu).</summary>
public sealed partial class CudaDevice
{
    private static readonly KernelId ReluKernel = new("activation", "relu_forward");
    private static readonly KernelId LeakyReluKernel = new("activation", "leaky_relu_forward");
    private static readonly KernelId SigmoidKernel = new("activation", "sigmoid_forward");
    private static readonly KernelId ReluBackwardKernel = new("activation", "relu_backward");
    private static readonly KernelId LeakyReluBackwardKernel = new("activation", "leaky_relu_backward");
    private static readonly KernelId SigmoidBackwardKernel = new("activation", "sigmoid_backward");
    private static readonly KernelId BiasActivationKernel = new("activation", "bias_activation");

    /// <inheritdoc/>
    protected override void ReluCore(Tensor x, Tensor y) => LaunchActivation(ReluKernel, x, 0, y);

    /// <inheritdoc/>
    protected override void LeakyReluCore(Tensor x, float slope, Tensor y) =>
        LaunchActivation(LeakyReluKernel, x, slope, y);

    /// <inheritdoc/>
    protected override void SigmoidCore(Tensor x, Tensor y) => LaunchActivation(SigmoidKernel, x, 0, y);

    /// <inheritdoc/>
    protected override void ReluBackwardCore(Tensor y, Tensor gy, Tensor gx) =>
        LaunchActivationBackward(ReluBackwardKernel, y, gy, 0, gx);

    /// <inheritdoc/>
    protected override void LeakyReluBackwardCore(Tensor y, Tensor gy, float slope, Tensor gx) =>
        LaunchActivationBackward(LeakyReluBackwardKernel, y, gy, slope, gx);

    /// <inheritdoc/>
    protected override void SigmoidBackwardCore(Tensor y, Tensor gy, Tensor gx) =>
        LaunchActivationBackward(SigmoidBackwardKernel, y, gy, 0, gx);

    /// <summary>
    /// x = act(x + bias[channel]) in place. Launches nothing if that is the identity.
    /// </summary>
    /// <param name="x">An array (N, C, H, W).</param>
    /// <param name="bias">C values, or null for zero.</param>
    /// <param name="shape">The shape of x.</param>
    /// <param name="activation">The function that is applied to the sum.</param>
    internal void BiasActivation(DevicePointer x, DevicePointer bias, Shape shape, Activation activation)
    {
        if (bias == DevicePointer.Null && activation == Activation.None)
        {
            return;
        }

        var arguments = new BiasActivationArguments(
            x, bias, ChannelLayout.Of(shape), (int)activation);
        Launch(BiasActivationKernel, LaunchShape.Elements(shape.Count), arguments);
    }

    private void LaunchActivation(KernelId kernel, Tensor x, float slope, Tensor y) =>
        Launch(kernel, StreamShape(x.Count), new ActivationArguments(Address(x), Address(y), slope, x.Count));

    private void LaunchActivationBackward(KernelId kernel, Tensor y, Tensor gy, float slope, Tensor gx) => Launch(
        kernel,
        StreamShape(y.Count),
        new ActivationBackwardArguments(Address(y), Address(gy), Address(gx), slope, y.Count));

    [KernelArguments("relu_forward", "leaky_relu_forward", "sigmoid_forward")]
    private readonly record struct ActivationArguments(DevicePointer X, DevicePointer Y, float Slope, int Count);

    [KernelArguments("relu_backward", "leaky_relu_backward", "sigmoid_backward")]
    private readonly record struct ActivationBackwardArguments(
        DevicePointer Y, DevicePointer Gy, DevicePointer Gx, float Slope, int Count);

    [KernelArguments("bias_activation")]
    private readonly record struct BiasActivationArguments(
        DevicePointer X, DevicePointer Bias, ChannelLayout Layout, int Activation);
}
