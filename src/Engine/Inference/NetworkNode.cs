namespace InfAdmm.Engine.Inference;

/// <summary>
/// A value in a feed-forward network, described independently of any device: its shape, weights in host memory and the
/// nodes it is computed from. A network is represented by its output node. <see cref="Device.Compile"/> makes a plan of
/// it that a backend runs; exporters traverse the same nodes. Batch normalization is folded into the weights when it is
/// added.
/// </summary>
public abstract class NetworkNode
{
    private protected NetworkNode(Shape shape) => Shape = shape.Validated();

    /// <summary>The shape of the value, NCHW.</summary>
    public Shape Shape { get; }

    /// <summary>The nodes that this one is computed from.</summary>
    public abstract IReadOnlyList<NetworkNode> Sources { get; }

    /// <summary>Creates the input of the network with the given index, from 0.</summary>
    public static InputNode Input(Shape shape, int index = 0) => new(shape, index);

    /// <summary>Convolution of this value: <see cref="Device.Conv2d"/>.</summary>
    /// <exception cref="ShapeException">The shape of the weights is wrong.</exception>
    public ConvolutionNode Conv2d(
        ConvolutionWeights weights, Conv2dSpec spec, Activation activation = Activation.None) =>
        new(this, weights, spec, activation, transposed: false, spec.Output(Shape, weights.Shape));

    /// <summary>
    /// Transposed convolution, weights (Cin, Cout, Kh, Kw): <see cref="Device.Conv2dBackwardInput"/>.
    /// </summary>
    /// <exception cref="ShapeException">The shape of the weights is wrong.</exception>
    public ConvolutionNode ConvTranspose2d(
        ConvolutionWeights weights, Conv2dSpec spec, Shape output, Activation activation = Activation.None)
    {
        Shape expected = spec.Output(output, weights.Shape);
        return expected == Shape
            ? new ConvolutionNode(this, weights, spec, activation, transposed: true, output)
            : throw new ShapeException(
                $"a transposed convolution to {output} needs an input of {expected}, got {Shape}");
    }

    /// <summary>
    /// y = act(scale[c]·x + shift[c]): batch normalization with fixed statistics. It is folded into the convolution
    /// that computes x, which must have no activation.
    /// </summary>
    /// <exception cref="InvalidOperationException">This value is not a convolution without activation.</exception>
    public ConvolutionNode ScaleShift(
        ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Activation activation = Activation.None)
    {
        if (this is not ConvolutionNode { Activation: Activation.None } convolution)
        {
            throw new InvalidOperationException(
                "scale and shift can be folded only into a convolution without activation");
        }

        ConvolutionWeights folded = convolution.Weights.Folded(scale, shift, convolution.Transposed);
        return new ConvolutionNode(
            convolution.Source, folded, convolution.Spec, activation, convolution.Transposed, Shape);
    }

    /// <summary>Depth to space: <see cref="Device.PixelShuffle"/>.</summary>
    /// <exception cref="ShapeException">The number of channels is not a multiple of factor².</exception>
    public PixelShuffleNode PixelShuffle(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        int area = factor * factor;
        return Shape.C % area == 0
            ? new PixelShuffleNode(this, factor, inverse: false, Shape.Upsampled(factor) with { C = Shape.C / area })
            : throw new ShapeException($"pixel shuffle by {factor} needs a multiple of {area} channels, got {Shape}");
    }

    /// <summary>Space to depth, the inverse of <see cref="PixelShuffle"/>.</summary>
    /// <exception cref="ShapeException">The factor does not divide height and width.</exception>
    public PixelShuffleNode PixelUnshuffle(int factor) =>
        new(this, factor, inverse: true, Shape.Downsampled(factor) with { C = Shape.C * factor * factor });

    /// <summary>Concatenates the channels of this value and another.</summary>
    /// <exception cref="ShapeException">Batch, height or width differ.</exception>
    public ConcatenationNode Concat(NetworkNode other)
    {
        Shape joined = Shape with { C = Shape.C + other.Shape.C };
        return other.Shape with { C = Shape.C } == Shape
            ? new ConcatenationNode(this, other, joined)
            : throw new ShapeException($"{Shape} and {other.Shape} cannot be concatenated along the channels");
    }

    /// <summary>The sum of this value and another of its shape.</summary>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public AdditionNode Add(NetworkNode other) => other.Shape == Shape
        ? new AdditionNode(this, other)
        : throw new ShapeException($"{Shape} and {other.Shape} cannot be added");

    /// <summary>This node and all nodes that it depends on, each after its sources.</summary>
    public IReadOnlyList<NetworkNode> InOrder()
    {
        var ordered = new List<NetworkNode>();
        var seen = new HashSet<NetworkNode>();
        Visit(this);
        return ordered;

        void Visit(NetworkNode node)
        {
            if (seen.Add(node))
            {
                foreach (NetworkNode source in node.Sources)
                {
                    Visit(source);
                }

                ordered.Add(node);
            }
        }
    }
}

/// <summary>An input of the network.</summary>
public sealed class InputNode : NetworkNode
{
    internal InputNode(Shape shape, int index) : base(shape) => Index = index;

    /// <summary>Its index among the inputs.</summary>
    public int Index { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkNode> Sources => [];
}

/// <summary>A convolution or transposed convolution with bias and activation.</summary>
public sealed class ConvolutionNode : NetworkNode
{
    internal ConvolutionNode(
        NetworkNode source, ConvolutionWeights weights, Conv2dSpec spec, Activation activation, bool transposed,
        Shape shape) : base(shape)
    {
        Source = source;
        Weights = weights;
        Spec = spec;
        Activation = activation;
        Transposed = transposed;
        if (weights.Bias is not null && weights.Bias.Count != shape.C)
        {
            throw new ShapeException($"{weights.Bias.Count} biases do not fit {shape.C} output channels");
        }
    }

    /// <summary>The input of the convolution.</summary>
    public NetworkNode Source { get; }

    /// <summary>Weights and bias.</summary>
    public ConvolutionWeights Weights { get; }

    /// <summary>Stride, padding and boundary (of the adjoint convolution, if transposed).</summary>
    public Conv2dSpec Spec { get; }

    /// <summary>The function that is applied to the result.</summary>
    public Activation Activation { get; }

    /// <summary>
    /// True for a transposed convolution: spec and weights are those of the convolution from output to input.
    /// </summary>
    public bool Transposed { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkNode> Sources => [Source];
}

/// <summary>Pixel shuffle or its inverse.</summary>
public sealed class PixelShuffleNode : NetworkNode
{
    internal PixelShuffleNode(NetworkNode source, int factor, bool inverse, Shape shape) : base(shape)
    {
        Source = source;
        Factor = factor;
        Inverse = inverse;
    }

    /// <summary>The input of the permutation.</summary>
    public NetworkNode Source { get; }

    /// <summary>The factor in height and width between the two images.</summary>
    public int Factor { get; }

    /// <summary>True for space to depth.</summary>
    public bool Inverse { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkNode> Sources => [Source];
}

/// <summary>Two values concatenated along the channels.</summary>
public sealed class ConcatenationNode : NetworkNode
{
    internal ConcatenationNode(NetworkNode first, NetworkNode second, Shape shape) : base(shape)
    {
        First = first;
        Second = second;
    }

    /// <summary>The value whose channels come first.</summary>
    public NetworkNode First { get; }

    /// <summary>The value whose channels come second.</summary>
    public NetworkNode Second { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkNode> Sources => [First, Second];
}

/// <summary>
/// The sum of two values. Every device runs it as the last node of a network with an input as the second term, a skip
/// connection around the network, beside its best plan for the rest; elsewhere it may have to run op by op.
/// </summary>
public sealed class AdditionNode : NetworkNode
{
    internal AdditionNode(NetworkNode first, NetworkNode second) : base(first.Shape)
    {
        First = first;
        Second = second;
    }

    /// <summary>The first term.</summary>
    public NetworkNode First { get; }

    /// <summary>The second term.</summary>
    public NetworkNode Second { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<NetworkNode> Sources => [First, Second];
}
