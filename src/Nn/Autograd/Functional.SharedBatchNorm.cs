using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// <see cref="BatchNorm"/> of a batch that the processes of a group share. Forward, the processes add up their sums, and
    /// then their squared distances from the common mean; backward, they add up both sums that the gradient in x needs:
    /// three sums of one or two values per channel.
    /// </summary>
    private static Variable SharedBatchNorm(
        Graph graph, Variable x, Variable weight, Variable bias, Tensor runningMean, Tensor runningVariance,
        BatchNormSpec spec, Activation activation)
    {
        Device device = graph.Device;
        int channels = x.Shape.C;
        double count = (double)(x.Shape.Count / channels) * graph.Group.Size;
        Tensor mean = graph.Allocate(weight.Shape);
        Tensor variance = graph.Allocate(weight.Shape);
        Tensor inverseDeviation = graph.Allocate(weight.Shape);
        Tensor y = graph.Allocate(x.Shape);
        Measure();
        device.BatchNormFixed(
            x.Data, weight.Data, bias.Data, spec.Epsilon, activation, mean, variance, inverseDeviation, y);
        return graph.Record(y, AnyRequiresGradient(x, weight, bias), Differentiate);

        void Measure()
        {
            using Tensor zeros = device.AllocateZeros(weight.Shape);
            using Tensor ones = device.Allocate(weight.Shape);
            using Tensor inGain = device.Allocate(weight.Shape);
            using Tensor inOffset = device.Allocate(weight.Shape);
            using Tensor centred = device.Allocate(x.Shape);
            using Tensor unused = device.Allocate(x.Shape);
            device.Fill(1, ones);

            // The gradient in β is Σ g, here with g = x.
            device.BatchNormBackward(
                x.Data, x.Data, x.Data, ones, zeros, ones, Activation.None, fixedStatistics: true, unused, inGain, inOffset);
            Upload(Mean(inOffset), mean);

            // The gradient in γ is Σ g·(x − mean)·r, here with g = x − mean and r = 1.
            device.BatchNormFixed(x.Data, ones, zeros, 0, Activation.None, mean, ones, inOffset, centred);
            device.BatchNormBackward(
                x.Data, x.Data, centred, ones, mean, ones, Activation.None, fixedStatistics: true, unused, inGain, inOffset);
            Upload(Mean(inGain), variance);
            float kept = 1 - spec.Momentum;
            device.Combine(kept, runningMean, spec.Momentum, mean, runningMean);
            device.Combine(
                kept, runningVariance, (float)(spec.Momentum * count / (count - 1)), variance, runningVariance);
        }

        void Differentiate(Tensor gy)
        {
            Tensor weightGradient = graph.Allocate(weight.Shape);
            Tensor biasGradient = graph.Allocate(bias.Shape);
            Tensor gx = graph.Allocate(x.Shape);
            device.BatchNormBackward(
                x.Data, y, gy, weight.Data, mean, inverseDeviation, activation, fixedStatistics: true, gx, weightGradient,
                biasGradient);
            if (x.RequiresGradient)
            {
                // gx = γ r (g − Σg/M − x̂ Σ(g x̂)/M): the last two terms are a normalization with other gains and offsets.
                double[] sums = Shared(graph.Group, weightGradient, biasGradient);
                float[] gains = weight.Data.ToArray();
                float[] deviations = inverseDeviation.ToArray();
                double[] gain = [.. gains.Select((value, c) => value * deviations[c] * sums[c] / count)];
                double[] offset = [.. gains.Select((value, c) => value * deviations[c] * sums[channels + c] / count)];
                using Tensor newGain = device.Allocate(weight.Shape);
                using Tensor newOffset = device.Allocate(weight.Shape);
                using Tensor unused = device.Allocate(weight.Shape);
                using Tensor common = device.Allocate(x.Shape);
                Upload(gain, newGain);
                Upload(offset, newOffset);
                device.BatchNormFixed(
                    x.Data, newGain, newOffset, spec.Epsilon, Activation.None, mean, variance, unused, common);
                device.Combine(1, gx, -1, common, gx);
                x.AccumulateGradient(graph, target => device.Copy(gx, target));
            }

            weight.AccumulateGradient(graph, target => device.Copy(weightGradient, target));
            bias.AccumulateGradient(graph, target => device.Copy(biasGradient, target));
        }

        double[] Mean(Tensor sums) => Array.ConvertAll(Shared(graph.Group, sums), sum => sum / count);

        void Upload(double[] values, Tensor target) =>
            device.Upload(Array.ConvertAll(values, value => (float)value), target);
    }

    /// <summary>The values of some tensors, one after the other, added up over all processes.</summary>
    private static double[] Shared(ProcessGroup group, params ReadOnlySpan<Tensor> tensors)
    {
        var values = new List<double>();
        foreach (Tensor tensor in tensors)
        {
            values.AddRange(tensor.ToArray().Select(value => (double)value));
        }

        double[] sums = [.. values];
        group.Sum(sums);
        return sums;
    }
}
