using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Batch normalization: the moments of a channel, then y = act(γ·r·(x − mean) + β). 12 bytes per element, 8 if a
/// channel stays in the cache between the two passes or with fixed statistics. Bound by memory.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void BatchNormCore(
        Tensor x, Tensor gamma, Tensor beta, BatchNormSpec spec, Activation activation,
        Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor y)
    {
        var passes = new BatchNormPasses
        {
            Normalization = NewNormalization(x, gamma, beta, activation, mean, inverseDeviation, y),
            Spec = spec,
            RunningMean = Pointer(runningMean),
            RunningVariance = Pointer(runningVariance),
        };
        RunPasses<BatchNormPasses, ChannelMoments>(passes, x.Shape);
    }

    protected override void BatchNormFixedCore(
        Tensor x, Tensor gamma, Tensor beta, float epsilon, Activation activation,
        Tensor mean, Tensor variance, Tensor inverseDeviation, Tensor y)
    {
        Normalization job = NewNormalization(x, gamma, beta, activation, mean, inverseDeviation, y);
        float* variances = Pointer(variance);
        for (int c = 0; c < x.Shape.C; c++)
        {
            job.InverseDeviation[c] = (float)(1 / Math.Sqrt((double)variances[c] + epsilon));
        }

        _pool.Run(job, x.Shape.Planes);
    }

    private static Normalization NewNormalization(
        Tensor x, Tensor gamma, Tensor beta, Activation activation, Tensor mean, Tensor inverseDeviation, Tensor y) =>
        new()
        {
            X = Pointer(x),
            Y = Pointer(y),
            Gamma = Pointer(gamma),
            Beta = Pointer(beta),
            Mean = Pointer(mean),
            InverseDeviation = Pointer(inverseDeviation),
            Channels = x.Shape.C,
            PlaneSize = x.Shape.PlaneSize,
            Floor = activation == Activation.Relu ? 0 : float.NegativeInfinity,
        };

    private struct BatchNormPasses : IChannelPasses<ChannelMoments>
    {
        public Normalization Normalization;
        public BatchNormSpec Spec;
        public float* RunningMean;
        public float* RunningVariance;

        public readonly ChannelMoments Gather(int plane) =>
            ChannelMoments.Of<S, V>(Normalization.Plane(plane), Normalization.PlaneSize);

        public readonly void Finish(int channel, in ChannelMoments sum)
        {
            double momentum = Spec.Momentum;
            double biased = sum.SquaredDeviations / sum.Count;
            double unbiased = sum.SquaredDeviations / (sum.Count - 1);
            Normalization.Mean[channel] = (float)sum.Mean;
            Normalization.InverseDeviation[channel] = (float)(1 / Math.Sqrt(biased + Spec.Epsilon));
            RunningMean[channel] = (float)((1 - momentum) * RunningMean[channel] + momentum * sum.Mean);
            RunningVariance[channel] = (float)((1 - momentum) * RunningVariance[channel] + momentum * unbiased);
        }

        public readonly void Apply(int plane) => Normalization.Execute(plane, worker: 0);
    }

    /// <summary>The second pass; a piece is one plane.</summary>
    private struct Normalization : IJob
    {
        public float* X;
        public float* Y;
        public float* Gamma;
        public float* Beta;
        public float* Mean;
        public float* InverseDeviation;
        public int Channels;
        public int PlaneSize;

        /// <summary>The lower bound of y: 0 for ReLU, otherwise −∞.</summary>
        public float Floor;

        public readonly float* Plane(int plane) => X + (long)plane * PlaneSize;

        public readonly void Execute(int index, int worker)
        {
            int channel = index % Channels;
            float mean = Mean[channel];
            float scale = Gamma[channel] * InverseDeviation[channel];
            float shift = Beta[channel];
            float* x = Plane(index);
            float* y = Y + (long)index * PlaneSize;
            int i = 0;
            for (; i <= PlaneSize - S.Width; i += S.Width)
            {
                V centred = S.Subtract(S.Load(x + i), S.Broadcast(mean));
                V value = S.MultiplyAdd(centred, S.Broadcast(scale), S.Broadcast(shift));
                S.Store(y + i, S.Max(value, S.Broadcast(Floor)));
            }

            for (; i < PlaneSize; i++)
            {
                y[i] = MathF.Max(float.MultiplyAddEstimate(x[i] - mean, scale, shift), Floor);
            }
        }
    }
}
