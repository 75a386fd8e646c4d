using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// Batch normalization of each channel (Ioffe and Szegedy 2015) with optional fused ReLU. In training mode it uses the
/// statistics of the batch and updates the running statistics; in evaluation mode it uses the running statistics.
/// Weight, bias and the buffers running_mean and running_var are named as in PyTorch.
/// </summary>
public sealed class BatchNorm2d : Layer
{
    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly Tensor _runningMean;
    private readonly Tensor _runningVariance;
    private readonly BatchNormSpec _spec;
    private readonly Activation _activation;

    /// <summary>Creates the layer with weight 1, bias 0, running mean 0 and running variance 1.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="channels">Channels of input and output.</param>
    /// <param name="activation">The activation of the output: none or ReLU.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">The weight of the current batch in the running statistics, from 0 to 1.</param>
    public BatchNorm2d(
        Device device, int channels, Activation activation = Activation.None, float epsilon = 1e-5f,
        float momentum = 0.1f)
    {
        var shape = new Shape(1, channels, 1, 1);
        _weight = Register("weight", new Parameter(device, shape));
        _bias = Register("bias", new Parameter(device, shape));
        _runningMean = Register("running_mean", device.Allocate(shape));
        _runningVariance = Register("running_var", device.Allocate(shape));
        _spec = new BatchNormSpec(epsilon, momentum);
        _activation = activation;
        Initialize(seed: 0, stream: 0);
    }

    /// <inheritdoc/>
    public override Variable Forward(Variable x) => Training
        ? Functional.BatchNorm(x, _weight, _bias, _runningMean, _runningVariance, _spec, _activation)
        : Functional.BatchNormFixed(x, _weight, _bias, _runningMean, _runningVariance, _spec.Epsilon, _activation);

    /// <summary>
    /// The layer in evaluation mode as one scale and shift per channel, folded into the preceding convolution.
    /// </summary>
    /// <exception cref="InvalidOperationException">x is not a convolution without activation.</exception>
    public override NetworkNode Trace(NetworkNode x)
    {
        float[] scale = _weight.Data.ToArray();
        float[] shift = _bias.Data.ToArray();
        float[] mean = _runningMean.ToArray();
        float[] variance = _runningVariance.ToArray();
        for (int c = 0; c < scale.Length; c++)
        {
            double gain = scale[c] / Math.Sqrt((double)variance[c] + _spec.Epsilon);
            scale[c] = (float)gain;
            shift[c] = (float)(shift[c] - gain * mean[c]);
        }

        return x.ScaleShift(scale, shift, _activation);
    }

    internal override void Initialize(ulong seed, ulong stream)
    {
        Device device = _runningMean.Device;
        device.Fill(1, _weight.Data);
        device.Fill(0, _bias.Data);
        device.Fill(0, _runningMean);
        device.Fill(1, _runningVariance);
    }
}
