using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Plans a network as layers on blocked values: the parts of a concatenation are written to one value, pixel shuffles
/// are part of the conversion of inputs and output, each convolution gets a method, and each value gets the border that
/// its readers need.
/// <para>
/// A border belongs to the value and not to the reader, so that nothing is copied between layers. In b = conv3x3(a), c
/// = conv5x5(concat(a, b)), the concatenation is one value with blocks [a | b]; both readers of a widen its border, to
/// 1 and to 2 pixels, and set whether it contains zeros or the periodic extension. If two readers disagree, or a value
/// would be part of two concatenations, the network is refused and runs op by op.
/// </para>
/// </summary>
internal sealed class NetworkPlanner
{
    private readonly int _images;
    private readonly int _lanes;
    private readonly int _rows;
    private readonly Dictionary<NetworkNode, PlannedValue> _values = [];
    private readonly List<PlannedLayer> _layers = [];
    private readonly List<PlannedValue> _allValues = [];

    private NetworkPlanner(int images, int lanes, int rows)
    {
        _images = images;
        _lanes = lanes;
        _rows = rows;
    }

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<PlannedLayer> Layers => _layers;

    /// <summary>The values that need memory.</summary>
    public IEnumerable<PlannedValue> Values => _allValues.Where(value => value.OwnsMemory);

    /// <summary>Why the network must run op by op; null if it is planned.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Plans a network for the given number of images at a time.</summary>
    public static NetworkPlanner Plan(NetworkNode output, int images, int lanes, int rows)
    {
        var planner = new NetworkPlanner(images, lanes, rows);
        if (output.InOrder().Any(node => node.Shape.N != output.Shape.N))
        {
            planner.Refuse("its values differ in the number of images");
        }
        else
        {
            planner.PlanAll(output);
        }

        return planner;
    }

    private bool Refuse(string reason)
    {
        Refusal ??= reason;
        return false;
    }

    private bool PlanAll(NetworkNode output)
    {
        NetworkNode last = output is PixelShuffleNode { Inverse: false } shuffle ? shuffle.Source : output;
        if (last is not ConvolutionNode final)
        {
            return Refuse("the output is not a convolution");
        }

        // For a single convolution of few input channels the conversion of the layout costs more than it gains.
        if (output == final && final.Spec.Stride == 1
            && final.Source is InputNode { Shape.C: <= ConvolutionMethods.FewChannels })
        {
            return Refuse("a single convolution of few channels is faster op by op");
        }

        foreach (ConcatenationNode node in last.InOrder().OfType<ConcatenationNode>().Reverse())
        {
            if (!TryJoin(node))
            {
                return Refuse("a value is part of two concatenations");
            }
        }

        foreach (NetworkNode node in last.InOrder())
        {
            bool planned = node switch
            {
                ConvolutionNode convolution => PlanConvolution(convolution, isOutput: node == output),
                PixelShuffleNode { Inverse: true, Source: InputNode } or InputNode or ConcatenationNode => true,
                _ => false,
            };
            if (!planned)
            {
                return Refuse($"the blocked layout does not support the {node.GetType().Name} of {node.Shape}");
            }
        }

        if (_values.TryGetValue(final, out PlannedValue? value))
        {
            int factor = output is PixelShuffleNode { Factor: var f } ? f : 1;
            _layers.Add(new UnpackLayer(value, final.Shape.C, factor));
        }

        return true;
    }

    /// <summary>Makes both parts of a concatenation views of it; false if one is part of another already.</summary>
    private bool TryJoin(ConcatenationNode node)
    {
        int[] first = Blocks(node.First);
        int[] second = Blocks(node.Second);
        PlannedValue whole = _values.GetValueOrDefault(node) ?? Own(node, [.. first, .. second]);
        return _values.TryAdd(node.First, Add(new PlannedValue(whole, 0, first)))
            && _values.TryAdd(node.Second, Add(new PlannedValue(whole, first.Length, second)));
    }

    private int[] Blocks(NetworkNode node) => node is ConcatenationNode { First: var first, Second: var second }
        ? [.. Blocks(first), .. Blocks(second)]
        : PlannedValue.Split(node.Shape.C, _lanes);

    private PlannedValue Own(NetworkNode node, int[] blocks)
    {
        PlannedValue value = Add(new PlannedValue(_images, node.Shape.H, node.Shape.W, blocks, _lanes));
        _values[node] = value;
        return value;
    }

    private PlannedValue Add(PlannedValue value)
    {
        _allValues.Add(value);
        return value;
    }

    private bool PlanConvolution(ConvolutionNode node, bool isOutput)
    {
        var geometry = ConvolutionGeometry.Of(node);
        if (geometry is null)
        {
            return Refuse(
                $"the blocked layout does not support the border of the transposed convolution to {node.Shape}");
        }

        ConvolutionMethod method = ConvolutionMethods.Choose(
            geometry, _images, _lanes, _rows, fromInput: node.Source is InputNode, isOutput);
        bool toPlanes = ConvolutionMethods.WritesPlanes(geometry, isOutput);
        if (geometry.Activation == Activation.Sigmoid && !toPlanes)
        {
            return Refuse(
                "the blocked layout does not support a sigmoid of more than "
                + $"{ConvolutionMethods.FewChannels} channels");
        }

        PlannedValue? source = method == ConvolutionMethod.Unfolded
            ? Unfold((InputNode)node.Source, geometry)
            : Source(node.Source);
        if (source is null || !RequireBorder(source, geometry, method))
        {
            return Refuse($"{node.Source.Shape} is read both with a zero and with a periodic border");
        }

        PlannedValue? target = toPlanes
            ? null
            : _values.GetValueOrDefault(node) ?? Own(node, Blocks(node));
        _layers.Add(new ConvolutionLayer(geometry, method, source, target));
        return true;
    }

    /// <summary>The blocked value of a node; inputs are packed first.</summary>
    private PlannedValue? Source(NetworkNode node)
    {
        switch (node)
        {
            case ConcatenationNode { First: var first, Second: var second }:
                return Source(first) is null || Source(second) is null ? null : _values[node];
            case InputNode input:
                return Packed(node, input, 1);
            case PixelShuffleNode { Inverse: true, Source: InputNode input, Factor: var factor }:
                return Packed(node, input, factor);
            default:
                return _values.GetValueOrDefault(node);
        }
    }

    private PlannedValue Packed(NetworkNode node, InputNode input, int factor)
    {
        PlannedValue value = _values.GetValueOrDefault(node) ?? Own(node, Blocks(node));
        if (!_layers.OfType<PackLayer>().Any(layer => layer.Target == value))
        {
            _layers.Add(new PackLayer(input, factor, value));
        }

        return value;
    }

    private PlannedValue Unfold(InputNode input, ConvolutionGeometry geometry)
    {
        int[] blocks = PlannedValue.Split(geometry.KernelWidth * input.Shape.C, _lanes);
        PlannedValue value = Add(new PlannedValue(_images, input.Shape.H, geometry.Output.W, blocks, _lanes));
        _layers.Add(new UnfoldLayer(input, geometry, value));
        return value;
    }

    /// <summary>
    /// Gives the source the border that this reader needs; false if another reader needs a different kind.
    /// </summary>
    private static bool RequireBorder(PlannedValue source, ConvolutionGeometry geometry, ConvolutionMethod method)
    {
        if (method == ConvolutionMethod.Folded && !geometry.Wraps)
        {
            // Taps outside the image are skipped.
            return true;
        }

        if (geometry.IsPhased)
        {
            source.WidenBorder(
                (geometry.KernelHeight - 1) / geometry.Stride + 1,
                (geometry.KernelWidth - 1) / geometry.Stride + 1,
                (geometry.Output.H - 1 + geometry.Top) / geometry.Stride + 1 - geometry.Input.H,
                (geometry.Output.W - 1 + geometry.Left) / geometry.Stride + 1 - geometry.Input.W);
            return source.FillBorder(wraps: false);
        }

        (int bottom, int right) = Reach(geometry, ConvolutionMethod.Direct);
        if (method == ConvolutionMethod.Unfolded)
        {
            source.WidenBorder(geometry.Top, 0, bottom, 0);
            return true;
        }

        (int memoryBottom, int memoryRight) = Reach(geometry, method);
        source.WidenBorder(geometry.Top, geometry.Left, memoryBottom, memoryRight);
        bool readsBeyond = geometry.Top > 0 || geometry.Left > 0 || bottom > 0 || right > 0;
        return !readsBeyond || source.FillBorder(geometry.Wraps);
    }

    /// <summary>
    /// Rows and columns that are read beyond the last of the input; negative if not all are read. The tiles of minimal
    /// filtering read more than their outputs need.
    /// </summary>
    private static (int Bottom, int Right) Reach(ConvolutionGeometry geometry, ConvolutionMethod method)
    {
        Shape input = geometry.Input;
        Shape output = geometry.Output;
        return method == ConvolutionMethod.Winograd
            ? (WinogradWeights.Reach(output.H, geometry.KernelHeight, geometry.Top) - input.H,
                WinogradWeights.Reach(output.W, geometry.KernelWidth, geometry.Left) - input.W)
            : ((output.H - 1) * geometry.Stride + geometry.KernelHeight - geometry.Top - input.H,
                (output.W - 1) * geometry.Stride + geometry.KernelWidth - geometry.Left - input.W);
    }
}
