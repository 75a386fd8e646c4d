using System.Numerics;
using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Bench.Peers;

/// <summary>
/// Evaluates a network directly by its definition, in double precision and in parallel over output planes.
/// </summary>
internal sealed class DoubleEvaluator
{
    private readonly Dictionary<NetworkNode, double[]> _values = [];

    private DoubleEvaluator()
    {
    }

    /// <summary>‖value − exact‖ / ‖exact‖.</summary>
    public static double RelativeError(NetworkNode network, float[][] inputs, ReadOnlySpan<float> output)
    {
        double[] exact = new DoubleEvaluator().Run(network, inputs);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            difference += (output[i] - exact[i]) * (output[i] - exact[i]);
            norm += exact[i] * exact[i];
        }

        return Math.Sqrt(difference / norm);
    }

    private double[] Run(NetworkNode network, float[][] inputs)
    {
        foreach (NetworkNode node in network.InOrder())
        {
            _values[node] = node switch
            {
                InputNode input => [.. inputs[input.Index].Select(value => (double)value)],
                ConvolutionNode convolution => Convolve(convolution),
                PixelShuffleNode shuffle => Shuffle(shuffle),
                ConcatenationNode join => Join(join),
                _ => throw new NotSupportedException($"cannot evaluate {node.GetType().Name}"),
            };
        }

        return _values[network];
    }

    private double[] Convolve(ConvolutionNode node)
    {
        if (node.Spec.Boundary != Boundary.Zero)
        {
            throw new NotSupportedException("only convolutions with a zero boundary are supported");
        }

        double[] x = _values[node.Source];
        var y = new double[node.Shape.Count];
        float[] weights = [.. node.Weights.Values];
        Parallel.For(0, node.Shape.Planes, plane => ConvolvePlane(node, x, weights, plane, y));
        return y;
    }

    private static void ConvolvePlane(ConvolutionNode node, double[] x, float[] weights, int plane, double[] y)
    {
        Shape source = node.Source.Shape;
        Shape kernel = node.Weights.Shape;
        int channel = plane % node.Shape.C;
        Span<double> target = y.AsSpan(plane * node.Shape.PlaneSize, node.Shape.PlaneSize);
        target.Fill(node.Weights.Bias?[channel] ?? 0);
        for (int c = 0; c < source.C; c++)
        {
            int from = plane / node.Shape.C * source.C + c;
            ReadOnlySpan<double> image = x.AsSpan(from * source.PlaneSize, source.PlaneSize);
            int filter = node.Transposed ? c * kernel.C + channel : channel * kernel.C + c;
            for (int tap = 0; tap < kernel.PlaneSize; tap++)
            {
                double weight = weights[filter * kernel.PlaneSize + tap];
                AddTap(node, tap / kernel.W - node.Spec.Top, tap % kernel.W - node.Spec.Left, weight, image, target);
            }
        }

        foreach (ref double value in target)
        {
            value = node.Activation switch
            {
                Activation.Relu => Math.Max(value, 0),
                Activation.Sigmoid => 1 / (1 + Math.Exp(-value)),
                _ => value,
            };
        }
    }

    /// <summary>
    /// Adds weight times the image. Pixel (stride·i + row, stride·j + column) of the finer grid belongs to (i, j) of
    /// the coarser one; the finer grid is that of the source, or of the target for a transposed convolution.
    /// </summary>
    private static void AddTap(
        ConvolutionNode node, int row, int column, double weight, ReadOnlySpan<double> image, Span<double> target)
    {
        int stride = node.Spec.Stride;
        Shape fine = node.Transposed ? node.Shape : node.Source.Shape;
        Shape coarse = node.Transposed ? node.Source.Shape : node.Shape;
        int first = Math.Max(0, (stride - 1 - column) / stride);
        int count = Math.Min(coarse.W, (fine.W - 1 - column + stride) / stride) - first;
        for (int i = 0; i < coarse.H; i++)
        {
            int fineRow = stride * i + row;
            if (fineRow < 0 || fineRow >= fine.H || count <= 0)
            {
                continue;
            }

            int onFine = fineRow * fine.W + stride * first + column;
            int onCoarse = i * coarse.W + first;
            if (node.Transposed)
            {
                AddScaled(weight, image[onCoarse..], 1, target[onFine..], stride, count);
            }
            else
            {
                AddScaled(weight, image[onFine..], stride, target[onCoarse..], 1, count);
            }
        }
    }

    private static void AddScaled(
        double factor, ReadOnlySpan<double> x, int stepX, Span<double> y, int stepY, int count)
    {
        int i = 0;
        if (stepX == 1 && stepY == 1)
        {
            for (; i <= count - Vector<double>.Count; i += Vector<double>.Count)
            {
                Span<double> part = y[i..];
                (new Vector<double>(part) + factor * new Vector<double>(x[i..])).CopyTo(part);
            }
        }

        for (; i < count; i++)
        {
            y[i * stepY] += factor * x[i * stepX];
        }
    }

    /// <summary>Channel (c·f + a)·f + b of the coarse image holds pixel (a, b) of each block of the fine one.</summary>
    private double[] Shuffle(PixelShuffleNode node)
    {
        double[] x = _values[node.Source];
        var y = new double[x.Length];
        int factor = node.Factor;
        Shape fine = node.Inverse ? node.Source.Shape : node.Shape;
        Shape coarse = node.Inverse ? node.Shape : node.Source.Shape;
        for (int i = 0; i < y.Length; i++)
        {
            int column = i % fine.W;
            int row = i / fine.W % fine.H;
            int channel = (i / fine.PlaneSize * factor + row % factor) * factor + column % factor;
            int at = (channel * coarse.H + row / factor) * coarse.W + column / factor;
            if (node.Inverse)
            {
                y[at] = x[i];
            }
            else
            {
                y[i] = x[at];
            }
        }

        return y;
    }

    private double[] Join(ConcatenationNode node)
    {
        int first = (int)node.First.Shape.Count / node.Shape.N;
        int second = (int)node.Second.Shape.Count / node.Shape.N;
        return
        [
            .. Enumerable.Range(0, node.Shape.N).SelectMany(n => _values[node.First].Skip(n * first).Take(first)
                .Concat(_values[node.Second].Skip(n * second).Take(second))),
        ];
    }
}
