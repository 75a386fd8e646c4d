using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The geometry of a convolution node for the blocked kernels. A transposed convolution of stride 1 is treated as an
/// ordinary convolution with the kernel rotated by 180°. One of larger stride remains transposed, and each phase of its
/// output uses a subset of the taps.
/// </summary>
internal sealed class ConvolutionGeometry
{
    private readonly ConvolutionNode _node;
    private readonly bool _rotated;

    private ConvolutionGeometry(ConvolutionNode node)
    {
        _node = node;
        Shape weights = node.Weights.Shape;
        KernelHeight = weights.H;
        KernelWidth = weights.W;
        Stride = node.Spec.Stride;
        _rotated = node.Transposed && Stride == 1;
        IsPhased = node.Transposed && !_rotated;
        Top = _rotated ? KernelHeight - 1 - node.Spec.Top : node.Spec.Top;
        Left = _rotated ? KernelWidth - 1 - node.Spec.Left : node.Spec.Left;
    }

    public Shape Input => _node.Source.Shape;

    public Shape Output => _node.Shape;

    public int KernelHeight { get; }

    public int KernelWidth { get; }

    public int Stride { get; }

    /// <summary>Rows from tap 0 to the output's row (or, if phased, from the output's row to tap 0).</summary>
    public int Top { get; }

    /// <summary>See <see cref="Top"/>, for columns.</summary>
    public int Left { get; }

    /// <summary>True for a transposed convolution of stride above 1.</summary>
    public bool IsPhased { get; }

    /// <summary>Whether the node is a transposed convolution.</summary>
    public bool IsTransposed => _node.Transposed;

    /// <summary>Taps per output, on average over the phases.</summary>
    public double TapsOfOutput => (double)KernelHeight * KernelWidth / (IsPhased ? Stride * Stride : 1);

    public Boundary Boundary => _node.Spec.Boundary;

    public Activation Activation => _node.Activation;

    public IReadOnlyList<float>? Bias => _node.Weights.Bias;

    /// <summary>Whether the image is extended periodically.</summary>
    public bool Wraps => Boundary == Boundary.Periodic;

    /// <summary>The geometry of a node, or null if the blocked kernels do not support it.</summary>
    public static ConvolutionGeometry? Of(ConvolutionNode node)
    {
        var geometry = new ConvolutionGeometry(node);
        bool sameSize = node.Shape.H == node.Source.Shape.H && node.Shape.W == node.Source.Shape.W;
        bool covered = geometry.Top >= 0 && geometry.Left >= 0
            && !(geometry.Wraps && (geometry.IsPhased || (geometry._rotated && !sameSize)));
        return covered ? geometry : null;
    }

    /// <summary>The weight of a pair of channels at a tap of this geometry.</summary>
    public float Weight(int output, int input, int row, int column)
    {
        Shape shape = _node.Weights.Shape;
        if (_rotated)
        {
            row = KernelHeight - 1 - row;
            column = KernelWidth - 1 - column;
        }

        (int first, int second) = _node.Transposed ? (input, output) : (output, input);
        return _node.Weights.Values[((first * shape.C + second) * shape.H + row) * shape.W + column];
    }

    /// <summary>All weights, [output channel][input channel][row][column].</summary>
    public float[] OrderedWeights()
    {
        var values = new float[(long)Output.C * Input.C * KernelHeight * KernelWidth];
        int next = 0;
        for (int output = 0; output < Output.C; output++)
        {
            for (int input = 0; input < Input.C; input++)
            {
                for (int tap = 0; tap < KernelHeight * KernelWidth; tap++)
                {
                    values[next++] = Weight(output, input, tap / KernelWidth, tap % KernelWidth);
                }
            }
        }

        return values;
    }
}
