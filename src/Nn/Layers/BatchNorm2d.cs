using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// Batch normalization of each channel (Ioffe and Szegedy 2015) with optional fused ReLU. In training mode it uses the
/// statistics of the batch and updates the running statistics; in evaluation mode it uses the running statistics.
/// Weight, bias and the buffers running_mean and running_var are named as in PyTorch. A network that is applied several
/// times in one pass has separate running statistics for each use (<see cref="Module.Use"/>): running_mean1 and
/// running_var1 for the second, and so on; further uses share the last ones.
/// </summary>
public sealed class BatchNorm2d : Layer
{
    /// <summary>The name of the running means of the first use.</summary>
    public const string RunningMeanName = "running_mean";

    /// <summary>The name of the running variances of the first use.</summary>
    public const string RunningVarianceName = "running_var";

    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly Tensor[] _runningMeans;
    private readonly Tensor[] _runningVariances;
    private readonly BatchNormSpec _spec;
    private readonly Activation _activation;

    /// <summary>Creates the layer with weight 1, bias 0, running mean 0 and running variance 1.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="channels">Channels of input and output.</param>
    /// <param name="activation">The activation of the output: none or ReLU.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">The weight of the current batch in the running statistics, from 0 to 1.</param>
    /// <param name="uses">The number of uses with their own running statistics.</param>
    public BatchNorm2d(
        Device device, int channels, Activation activation = Activation.None, float epsilon = 1e-5f,
        float momentum = 0.1f, int uses = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(uses, 1);
        var shape = new Shape(1, channels, 1, 1);
        _weight = Register("weight", new Parameter(device, shape));
        _bias = Register("bias", new Parameter(device, shape));
        _runningMeans = Statistics(RunningMeanName);
        _runningVariances = Statistics(RunningVarianceName);
        _spec = new BatchNormSpec(epsilon, momentum);
        _activation = activation;
        Initialize(seed: 0, stream: 0);

        Tensor[] Statistics(string name) =>
            [.. Enumerable.Range(0, uses).Select(use => Register(NameOf(name, use), device.Allocate(shape)))];
    }

    private Tensor RunningMean => _runningMeans[Math.Min(Use, _runningMeans.Length - 1)];

    private Tensor RunningVariance => _runningVariances[Math.Min(Use, _runningVariances.Length - 1)];

    /// <summary>The name of the running statistics of a use.</summary>
    /// <param name="name"><see cref="RunningMeanName"/> or <see cref="RunningVarianceName"/>.</param>
    /// <param name="use">The use, counted from 0.</param>
    public static string NameOf(string name, int use) => use == 0 ? name : $"{name}{use}";

    /// <inheritdoc/>
    public override Variable Forward(Variable x) => Training
        ? Functional.BatchNorm(x, _weight, _bias, RunningMean, RunningVariance, _spec, _activation)
        : Functional.BatchNormFixed(x, _weight, _bias, RunningMean, RunningVariance, _spec.Epsilon, _activation);

    /// <summary>
    /// The layer in evaluation mode as one scale and shift per channel, folded into the preceding convolution.
    /// </summary>
    /// <exception cref="InvalidOperationException">x is not a convolution without activation.</exception>
    public override NetworkNode Trace(NetworkNode x)
    {
        float[] scale = _weight.Data.ToArray();
        float[] shift = _bias.Data.ToArray();
        float[] mean = RunningMean.ToArray();
        float[] variance = RunningVariance.ToArray();
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
        Device device = _weight.Data.Device;
        device.Fill(1, _weight.Data);
        device.Fill(0, _bias.Data);
        foreach (Tensor mean in _runningMeans)
        {
            device.Fill(0, mean);
        }

        foreach (Tensor variance in _runningVariances)
        {
            device.Fill(1, variance);
        }
    }
}
