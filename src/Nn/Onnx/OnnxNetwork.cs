using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Nn.Onnx;

/// <summary>
/// Adds a network to an ONNX graph, in the form that ONNX Runtime runs fastest. The operations do not depend on the
/// height and width that the network was traced for, unless a convolution has another stride than 1.
/// </summary>
/// <remarks>
/// ONNX Runtime has no blocked layout for ConvTranspose, so transposed convolutions of stride 1 become Conv. Whole
/// networks ran 1.2 (MNIST) to 2.4 (the learned inverse) times faster. SpaceToDepth orders channels as
/// (a·f + b)·C + c, this library as (c·f + a)·f + b, for pixel (a, b) of each block. A convolution takes any order,
/// with its weights reordered, which is nine times faster than reordering the values.
/// </remarks>
public sealed class OnnxNetwork
{
    private readonly OnnxGraph _graph;
    private readonly IReadOnlyList<string> _inputs;
    private readonly Dictionary<NetworkNode, OrderedValue> _values = [];

    private OnnxNetwork(OnnxGraph graph, IReadOnlyList<string> inputs)
    {
        _graph = graph;
        _inputs = inputs;
    }

    /// <summary>Returns the bytes of a model of the network alone, with fixed extents.</summary>
    /// <exception cref="NotSupportedException">As for <see cref="Add"/>.</exception>
    public static byte[] ToModel(NetworkNode network)
    {
        var graph = new OnnxGraph();
        string[] inputs =
        [
            .. network.InOrder().OfType<InputNode>().OrderBy(node => node.Index)
                .Select(node => graph.AddInput(InputName(node.Index), Extents(node.Shape))),
        ];
        graph.AddOutput("output", Add(graph, network, inputs), Extents(network.Shape));
        return graph.ToModel();
    }

    /// <summary>The name of an input in a model from <see cref="ToModel"/>.</summary>
    public static string InputName(int index) => $"x{index}";

    /// <summary>Adds the operations of a network.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="network">The output of the network.</param>
    /// <param name="inputs">The values for its inputs, in order.</param>
    /// <returns>The name of the result.</returns>
    /// <exception cref="NotSupportedException">
    /// A transposed convolution with another stride than 1 has a periodic boundary.
    /// </exception>
    public static string Add(OnnxGraph graph, NetworkNode network, params IReadOnlyList<string> inputs) =>
        new OnnxNetwork(graph, inputs).AddNodes(network);

    private static OnnxExtent[] Extents(Shape shape) => [shape.N, shape.C, shape.H, shape.W];

    private string AddNodes(NetworkNode network)
    {
        foreach (NetworkNode node in network.InOrder())
        {
            _values[node] = node switch
            {
                InputNode input => new OrderedValue(_inputs[input.Index]),
                ConvolutionNode convolution => new OrderedValue(AddConvolution(convolution)),
                PixelShuffleNode { Inverse: true } unshuffle => AddUnshuffle(unshuffle),
                PixelShuffleNode shuffle => new OrderedValue(_graph.AddNode(
                    "DepthToSpace", [Plain(shuffle.Source)],
                    OnnxParameter.Of("blocksize", shuffle.Factor), OnnxParameter.Of("mode", "CRD"))),
                ConcatenationNode join => AddConcatenation(join),
                AdditionNode sum => new OrderedValue(_graph.AddNode("Add", [Plain(sum.First), Plain(sum.Second)])),
                _ => throw new NotSupportedException($"{node.GetType().Name} cannot be written as ONNX"),
            };
        }

        return Plain(network);
    }

    /// <summary>The value of a node in the channel order of this library.</summary>
    private string Plain(NetworkNode node)
    {
        OrderedValue value = _values[node];
        if (value.Order is { } order)
        {
            string indices = _graph.AddIndices([.. order]);
            value = new OrderedValue(_graph.AddNode("Gather", [value.Name, indices], OnnxParameter.Of("axis", 1)));
            _values[node] = value;
        }

        return value.Name;
    }

    private OrderedValue AddUnshuffle(PixelShuffleNode node)
    {
        string name = _graph.AddNode(
            "SpaceToDepth", [Plain(node.Source)], OnnxParameter.Of("blocksize", node.Factor));
        int channels = node.Source.Shape.C;
        int area = node.Factor * node.Factor;
        return new OrderedValue(name)
        {
            Order = channels == 1
                ? null
                : [.. Enumerable.Range(0, channels * area).Select(i => i % area * channels + i / area)],
        };
    }

    private OrderedValue AddConcatenation(ConcatenationNode node)
    {
        OrderedValue first = _values[node.First];
        OrderedValue second = _values[node.Second];
        int before = node.First.Shape.C;
        return new OrderedValue(_graph.AddNode("Concat", [first.Name, second.Name], OnnxParameter.Of("axis", 1)))
        {
            Order = first.Order is null && second.Order is null
                ? null
                :
                [
                    .. first.OrderOf(before),
                    .. second.OrderOf(node.Second.Shape.C).Select(channel => before + channel),
                ],
        };
    }

    private string AddConvolution(ConvolutionNode node)
    {
        string result = (node.Transposed, node.Spec) switch
        {
            (false, _) => AddConv(node, node.Weights.Shape, [.. node.Weights.Values], node.Spec),
            (true, { Stride: 1 }) => AddTurned(node),
            (true, { Boundary: Boundary.Zero }) => AddTransposed(node),
            _ => throw new NotSupportedException(
                $"a periodic transposed convolution of stride {node.Spec.Stride} cannot be written as ONNX"),
        };
        return node.Activation switch
        {
            Activation.None => result,
            Activation.Relu => _graph.AddNode("Relu", [result]),
            _ => _graph.AddNode("Sigmoid", [result]),
        };
    }

    /// <summary>Conv pads with zeros only, so a periodic boundary is made before it.</summary>
    private string AddConv(ConvolutionNode node, Shape shape, float[] weights, Conv2dSpec spec)
    {
        OrderedValue source = _values[node.Source];
        bool isZero = spec.Boundary == Boundary.Zero;
        string image = isZero
            ? source.Name
            : _graph.AddPeriodic(source.Name, (spec.Top, spec.Left, spec.Bottom, spec.Right));
        return _graph.AddNode(
            "Conv", [image, .. Operands(node, shape, Reordered(weights, shape, source.Order))],
            OnnxParameter.Of("pads", isZero ? [spec.Top, spec.Left, spec.Bottom, spec.Right] : [0, 0, 0, 0]),
            OnnxParameter.Of("strides", [spec.Stride, spec.Stride]));
    }

    /// <summary>
    /// The adjoint of a convolution of stride 1 is a convolution with the kernel rotated by 180 degrees and the
    /// channels swapped. Its padding is the kernel size minus 1 minus the padding of the original.
    /// </summary>
    private string AddTurned(ConvolutionNode node)
    {
        Shape shape = node.Weights.Shape;
        IReadOnlyList<float> values = node.Weights.Values;
        var turned = new float[values.Count];
        int filter = shape.PlaneSize;
        for (int source = 0; source < shape.N; source++)
        {
            for (int target = 0; target < shape.C; target++)
            {
                for (int tap = 0; tap < filter; tap++)
                {
                    turned[(target * shape.N + source) * filter + filter - 1 - tap] =
                        values[(source * shape.C + target) * filter + tap];
                }
            }
        }

        Conv2dSpec spec = node.Spec;
        int lastRow = shape.H - 1;
        int lastColumn = shape.W - 1;
        return AddConv(node, shape with { N = shape.C, C = shape.N }, turned, spec with
        {
            Top = lastRow - spec.Top,
            Left = lastColumn - spec.Left,
            Bottom = lastRow - spec.Bottom,
            Right = lastColumn - spec.Right,
        });
    }

    /// <summary>
    /// ConvTranspose crops what the adjoint convolution padded. Rows that the convolution's stride did not reach are
    /// set to zero (output_padding).
    /// </summary>
    private string AddTransposed(ConvolutionNode node)
    {
        Conv2dSpec spec = node.Spec;
        Shape weights = node.Weights.Shape;
        Shape source = node.Source.Shape;
        int height = (source.H - 1) * spec.Stride + weights.H - spec.Top - spec.Bottom;
        int width = (source.W - 1) * spec.Stride + weights.W - spec.Left - spec.Right;
        return _graph.AddNode(
            "ConvTranspose", [Plain(node.Source), .. Operands(node, weights, [.. node.Weights.Values])],
            OnnxParameter.Of("pads", [spec.Top, spec.Left, spec.Bottom, spec.Right]),
            OnnxParameter.Of("strides", [spec.Stride, spec.Stride]),
            OnnxParameter.Of("output_padding", [node.Shape.H - height, node.Shape.W - width]));
    }

    private string[] Operands(ConvolutionNode node, Shape shape, float[] weights)
    {
        string filters = _graph.AddConstant(weights, shape.N, shape.C, shape.H, shape.W);
        return node.Weights.Bias is { } bias ? [filters, _graph.AddConstant([.. bias], bias.Count)] : [filters];
    }

    /// <summary>The weights of a convolution whose source has its channels in another order.</summary>
    private static float[] Reordered(float[] weights, Shape shape, int[]? order)
    {
        if (order is null)
        {
            return weights;
        }

        int filter = shape.PlaneSize;
        var reordered = new float[weights.Length];
        for (int i = 0; i < weights.Length / filter; i++)
        {
            int channel = i % shape.C;
            weights.AsSpan(i * filter, filter).CopyTo(reordered.AsSpan((i - channel + order[channel]) * filter));
        }

        return reordered;
    }

    /// <summary>A value of the graph, whose channels may be in another order than those of the node.</summary>
    private sealed record OrderedValue(string Name)
    {
        /// <summary>The place of each channel of the node; null if the order is that of the node.</summary>
        public int[]? Order { get; init; }

        public IEnumerable<int> OrderOf(int channels) => Order ?? Enumerable.Range(0, channels);
    }
}
