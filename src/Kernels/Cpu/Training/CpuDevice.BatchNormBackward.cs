using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The gradients of batch normalization: Σ g and Σ g·(x − mean) of a channel, then gx = a·g + b·(x − mean) + c. With a
/// ReLU, y gives the gate in both passes. 20 bytes per element, 28 with a gate; 12 or 16 if a channel stays in the
/// cache. Bound by memory.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void BatchNormBackwardCore(
        Tensor x, Tensor y, Tensor gy, Tensor gamma, Tensor mean, Tensor inverseDeviation, Activation activation,
        bool fixedStatistics, Tensor gx, Tensor ggamma, Tensor gbeta)
    {
        var passes = new BatchNormBackwardPasses
        {
            X = Pointer(x),
            Y = Pointer(y),
            Gradient = Pointer(gy),
            Target = Pointer(gx),
            Gamma = Pointer(gamma),
            Mean = Pointer(mean),
            InverseDeviation = Pointer(inverseDeviation),
            GammaGradient = Pointer(ggamma),
            BetaGradient = Pointer(gbeta),
            Gated = activation == Activation.Relu,
            Channels = x.Shape.C,
            PlaneSize = x.Shape.PlaneSize,
            InverseCount = fixedStatistics ? 0 : 1.0 / (x.Shape.N * (double)x.Shape.PlaneSize),
        };
        RunPasses<BatchNormBackwardPasses, GradientSums>(passes, x.Shape);
    }

    /// <summary>Σ g and Σ g·(x − mean).</summary>
    private struct GradientSums : IChannelSum<GradientSums>
    {
        public double Plain;
        public double Weighted;

        public void Add(in GradientSums other)
        {
            Plain += other.Plain;
            Weighted += other.Weighted;
        }
    }

    private struct BatchNormBackwardPasses : IChannelPasses<GradientSums>
    {
        public float* X;
        public float* Y;
        public float* Gradient;
        public float* Target;
        public float* Gamma;
        public float* Mean;
        public float* InverseDeviation;
        public float* GammaGradient;
        public float* BetaGradient;
        public bool Gated;
        public int Channels;
        public int PlaneSize;

        /// <summary>1 / the number of values in the statistics of a channel; 0 for given statistics.</summary>
        public double InverseCount;

        /// <summary>Elements whose terms are summed in float lanes before the sums are added in double.</summary>
        private static int Block => 128 * S.Width;

        public readonly GradientSums Gather(int plane)
        {
            var sums = default(GradientSums);
            long first = (long)plane * PlaneSize;
            for (int start = 0; start < PlaneSize; start += Block)
            {
                sums.Add(GatherBlock(first + start, Math.Min(Block, PlaneSize - start), Mean[plane % Channels]));
            }

            return sums;
        }

        public readonly void Finish(int channel, in GradientSums sum)
        {
            BetaGradient[channel] = (float)sum.Plain;
            GammaGradient[channel] = (float)(sum.Weighted * InverseDeviation[channel]);
        }

        public readonly void Apply(int plane)
        {
            int channel = plane % Channels;
            double inverse = InverseDeviation[channel];
            double gain = Gamma[channel] * inverse;
            float mean = Mean[channel];
            float scale = (float)gain;
            float slope = (float)(-gain * inverse * GammaGradient[channel] * InverseCount);
            float shift = (float)(-gain * BetaGradient[channel] * InverseCount);
            long i = (long)plane * PlaneSize;
            long end = i + PlaneSize;
            for (; i <= end - S.Width; i += S.Width)
            {
                V centred = S.Subtract(S.Load(X + i), S.Broadcast(mean));
                V rest = S.MultiplyAdd(centred, S.Broadcast(slope), S.Broadcast(shift));
                S.Store(Target + i, S.MultiplyAdd(Vector(i), S.Broadcast(scale), rest));
            }

            for (; i < end; i++)
            {
                float rest = float.MultiplyAddEstimate(X[i] - mean, slope, shift);
                Target[i] = float.MultiplyAddEstimate(Scalar(i), scale, rest);
            }
        }

        private readonly GradientSums GatherBlock(long first, int count, float mean)
        {
            V plain = S.Zero;
            V weighted = S.Zero;
            long i = first;
            long end = first + count;
            for (; i <= end - S.Width; i += S.Width)
            {
                V g = Vector(i);
                plain = S.Add(plain, g);
                weighted = S.MultiplyAdd(g, S.Subtract(S.Load(X + i), S.Broadcast(mean)), weighted);
            }

            var sums = new GradientSums { Plain = S.Sum(plain), Weighted = S.Sum(weighted) };
            for (; i < end; i++)
            {
                double g = Scalar(i);
                sums.Plain += g;
                sums.Weighted += g * (X[i] - mean);
            }

            return sums;
        }

        /// <summary>The gradient after the gate.</summary>
        private readonly V Vector(long i)
        {
            V g = S.Load(Gradient + i);
            return Gated ? S.SelectPositive(S.Load(Y + i), g) : g;
        }

        private readonly float Scalar(long i) => !Gated || Y[i] > 0 ? Gradient[i] : 0;
    }
}
