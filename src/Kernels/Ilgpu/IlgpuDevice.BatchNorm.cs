using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// Batch normalization with one group per channel: the mean, then the squared deviations from it, then the result; sums
/// in double. 16 bytes per element in training, 8 with fixed statistics; bound by memory.
/// </remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void BatchNormCore(
        Tensor x, Tensor gamma, Tensor beta, BatchNormSpec spec, Activation activation,
        Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor y)
    {
        Launch(BatchNormKernels.Moments, Channels(x), new MomentArguments(
            View(x), View(mean), View(inverseDeviation), View(runningMean), View(runningVariance), x.Shape.N, x.Shape.C,
            x.Shape.PlaneSize, spec.Epsilon, spec.Momentum));
        Normalize(x, gamma, beta, activation, mean, inverseDeviation, y);
    }

    /// <inheritdoc/>
    protected override void BatchNormFixedCore(
        Tensor x, Tensor gamma, Tensor beta, float epsilon, Activation activation,
        Tensor mean, Tensor variance, Tensor inverseDeviation, Tensor y)
    {
        Launch(BatchNormKernels.InverseDeviation, Elements(x.Shape.C), new DeviationArguments(
            View(variance), View(inverseDeviation), epsilon));
        Normalize(x, gamma, beta, activation, mean, inverseDeviation, y);
    }

    /// <inheritdoc/>
    protected override void BatchNormBackwardCore(
        Tensor x, Tensor y, Tensor gy, Tensor gamma, Tensor mean, Tensor inverseDeviation, Activation activation,
        bool fixedStatistics, Tensor gx, Tensor ggamma, Tensor gbeta)
    {
        var arguments = new NormGradientArguments(
            View(x), View(y), View(gy), View(gamma), View(mean), View(inverseDeviation), View(gx), View(ggamma),
            View(gbeta), x.Shape.N, x.Shape.C, x.Shape.PlaneSize, activation == Activation.Relu ? 1 : 0,
            fixedStatistics ? 1 : 0);
        Launch(BatchNormKernels.ParameterGradients, Channels(x), arguments);
        Launch(BatchNormKernels.InputGradient, Elements(x.Count), arguments);
    }

    /// <inheritdoc/>
    protected override void Conv2dBackwardBiasCore(Tensor gy, Tensor gb) =>
        Launch(BatchNormKernels.ChannelSums, Channels(gy), new ChannelSumArguments(
            View(gy), View(gb), gy.Shape.N, gy.Shape.C, gy.Shape.PlaneSize));

    private void Normalize(
        Tensor x, Tensor gamma, Tensor beta, Activation activation, Tensor mean, Tensor inverseDeviation, Tensor y) =>
        Launch(BatchNormKernels.Normalize, Elements(x.Count), new NormalizeArguments(
            View(x), View(gamma), View(beta), View(mean), View(inverseDeviation), View(y), x.Shape.C, x.Shape.PlaneSize,
            activation == Activation.Relu ? 1 : 0));

    private KernelConfig Channels(Tensor x) => new(x.Shape.C, GroupSize());
}

internal readonly record struct MomentArguments(
    ArrayView<float> X, ArrayView<float> Mean, ArrayView<float> InverseDeviation, ArrayView<float> RunningMean,
    ArrayView<float> RunningVariance, int Batch, int Channels, int PlaneSize, float Epsilon, float Momentum);

internal readonly record struct DeviationArguments(
    ArrayView<float> Variance, ArrayView<float> InverseDeviation, float Epsilon);

internal readonly record struct NormalizeArguments(
    ArrayView<float> X, ArrayView<float> Gamma, ArrayView<float> Beta, ArrayView<float> Mean,
    ArrayView<float> InverseDeviation, ArrayView<float> Y, int Channels, int PlaneSize, int IsRelu);

internal readonly record struct NormGradientArguments(
    ArrayView<float> X, ArrayView<float> Y, ArrayView<float> Gy, ArrayView<float> Gamma, ArrayView<float> Mean,
    ArrayView<float> InverseDeviation, ArrayView<float> Gx, ArrayView<float> Ggamma, ArrayView<float> Gbeta, int Batch,
    int Channels, int PlaneSize, int IsRelu, int IsFixed);

internal readonly record struct ChannelSumArguments(
    ArrayView<float> Gy, ArrayView<float> Gb, int Batch, int Channels, int PlaneSize);

internal static class BatchNormKernels
{
    public static void Moments(MomentArguments a)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(ReductionKernels.MaxThreads);
        int count = a.Batch * a.PlaneSize;
        int channel = Grid.IdxX;
        double sum = 0;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            sum += a.X[Place(i, channel, a.Channels, a.PlaneSize)];
        }

        double mean = ReductionKernels.OfGroup(shared, sum) / count;
        double squares = 0;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            double distance = a.X[Place(i, channel, a.Channels, a.PlaneSize)] - mean;
            squares += distance * distance;
        }

        double total = ReductionKernels.OfGroup(shared, squares);
        if (Group.IdxX == 0)
        {
            ArrayView<float> means = a.Mean;
            ArrayView<float> deviations = a.InverseDeviation;
            ArrayView<float> runningMean = a.RunningMean;
            ArrayView<float> runningVariance = a.RunningVariance;
            means[channel] = (float)mean;
            deviations[channel] = (float)(1 / Math.Sqrt(total / count + a.Epsilon));
            runningMean[channel] = (float)((1 - a.Momentum) * runningMean[channel] + a.Momentum * mean);
            runningVariance[channel] =
                (float)((1 - a.Momentum) * runningVariance[channel] + a.Momentum * (total / (count - 1)));
        }
    }

    public static void InverseDeviation(DeviationArguments a)
    {
        ArrayView<float> deviations = a.InverseDeviation;
        for (int c = Grid.GlobalIndex.X; c < deviations.IntLength; c += Grid.DimX * Group.DimX)
        {
            deviations[c] = (float)(1 / Math.Sqrt((double)a.Variance[c] + a.Epsilon));
        }
    }

    public static void Normalize(NormalizeArguments a)
    {
        ArrayView<float> y = a.Y;
        for (int i = Grid.GlobalIndex.X; i < y.IntLength; i += Grid.DimX * Group.DimX)
        {
            int c = i / a.PlaneSize % a.Channels;
            float value = a.Gamma[c] * ((a.X[i] - a.Mean[c]) * a.InverseDeviation[c]) + a.Beta[c];
            y[i] = a.IsRelu != 0 && value < 0 ? 0 : value;
        }
    }

    public static void ParameterGradients(NormGradientArguments a)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(ReductionKernels.MaxThreads);
        int count = a.Batch * a.PlaneSize;
        int channel = Grid.IdxX;
        double mean = a.Mean[channel];
        double deviation = a.InverseDeviation[channel];
        double shift = 0;
        double gain = 0;
        for (int i = Group.IdxX; i < count; i += Group.DimX)
        {
            int at = Place(i, channel, a.Channels, a.PlaneSize);
            double g = Passed(a, at);
            shift += g;
            gain += g * ((a.X[at] - mean) * deviation);
        }

        double totalShift = ReductionKernels.OfGroup(shared, shift);
        double totalGain = ReductionKernels.OfGroup(shared, gain);
        if (Group.IdxX == 0)
        {
            ArrayView<float> gbeta = a.Gbeta;
            ArrayView<float> ggamma = a.Ggamma;
            gbeta[channel] = (float)totalShift;
            ggamma[channel] = (float)totalGain;
        }
    }

    public static void InputGradient(NormGradientArguments a)
    {
        ArrayView<float> gx = a.Gx;
        float inverseCount = 1f / (a.Batch * a.PlaneSize);
        for (int i = Grid.GlobalIndex.X; i < gx.IntLength; i += Grid.DimX * Group.DimX)
        {
            int c = i / a.PlaneSize % a.Channels;
            float deviation = a.InverseDeviation[c];
            float g = Passed(a, i);
            float normalized = (a.X[i] - a.Mean[c]) * deviation;
            float centred = a.IsFixed != 0 ? g : g - inverseCount * (a.Gbeta[c] + normalized * a.Ggamma[c]);
            gx[i] = a.Gamma[c] * deviation * centred;
        }
    }

    public static void ChannelSums(ChannelSumArguments a)
    {
        ArrayView<double> shared = SharedMemory.Allocate<double>(ReductionKernels.MaxThreads);
        double sum = 0;
        for (int i = Group.IdxX; i < a.Batch * a.PlaneSize; i += Group.DimX)
        {
            sum += a.Gy[Place(i, Grid.IdxX, a.Channels, a.PlaneSize)];
        }

        double total = ReductionKernels.OfGroup(shared, sum);
        if (Group.IdxX == 0)
        {
            ArrayView<float> gb = a.Gb;
            gb[Grid.IdxX] = (float)total;
        }
    }

    /// <summary>The gradient that passes through the activation.</summary>
    private static float Passed(NormGradientArguments a, int i) => a.IsRelu != 0 && !(a.Y[i] > 0) ? 0 : a.Gy[i];

    /// <summary>The index of value i of a channel, counted over the batch.</summary>
    private static int Place(int i, int channel, int channels, int planeSize) =>
        (i / planeSize * channels + channel) * planeSize + i % planeSize;
}
