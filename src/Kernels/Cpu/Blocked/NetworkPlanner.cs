using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// Turns a network into layers over blocked values: what is concatenated is written side by side, pixel shuffles happen
/// where images enter and leave, each convolution gets its method, and each value the border that its readers need.
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

    /// <summary>Plans a network for so many images at a time; null where only the single ops can run it.</summary>
    public static NetworkPlanner? Plan(NetworkNode output, int images, int lanes, int rows)
    {
        var planner = new NetworkPlanner(images, lanes, rows);
        return planner.PlanAll(output) ? planner : null;
    }

    private bool PlanAll(NetworkNode output)
    {
        NetworkNode last = output is PixelShuffleNode { Inverse: false } shuffle ? shuffle.Source : output;
        if (last is not ConvolutionNode final)
        {
            return false;
        }

        // A lone convolution of few input channels does not repay the change of layout.
        if (output == final && final.Spec.Stride == 1
            && final.Source is InputNode { Shape.C: <= ConvolutionMethods.FewChannels })
        {
            return false;
        }

        foreach (ConcatenationNode node in last.InOrder().OfType<ConcatenationNode>().Reverse())
        {
            Join(node);
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
                return false;
            }
        }

        if (_values.TryGetValue(final, out PlannedValue? value))
        {
            int factor = output is PixelShuffleNode { Factor: var f } ? f : 1;
            _layers.Add(new UnpackLayer(value, final.Shape.C, factor));
        }

        return true;
    }

    /// <summary>Gives both parts of a concatenation their places in it.</summary>
    private void Join(ConcatenationNode node)
    {
        int[] first = Blocks(node.First);
        int[] second = Blocks(node.Second);
        PlannedValue whole = _values.GetValueOrDefault(node) ?? Own(node, [.. first, .. second]);
        _values[node.First] = Add(new PlannedValue(whole, 0, first));
        _values[node.Second] = Add(new PlannedValue(whole, first.Length, second));
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
            return false;
        }

        ConvolutionMethod method = ConvolutionMethods.Choose(
            geometry, _images, _lanes, _rows, fromInput: node.Source is InputNode, isOutput);
        bool toPlanes = isOutput && geometry.Output.C <= ConvolutionMethods.FewChannels;
        if (geometry.Activation == Activation.Sigmoid && !toPlanes)
        {
            return false;
        }

        PlannedValue? source = method == ConvolutionMethod.Unfolded
            ? Unfold((InputNode)node.Source, geometry)
            : Source(node.Source);
        if (source is null || !NeedBorder(source, geometry, method))
        {
            return false;
        }

        PlannedValue? target = toPlanes
            ? null
            : _values.GetValueOrDefault(node) ?? Own(node, Blocks(node));
        _layers.Add(new ConvolutionLayer(geometry, method, source, target));
        return true;
    }

    /// <summary>The blocked value of a node, packed first where it is or begins with an input.</summary>
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

    private static bool NeedBorder(PlannedValue source, ConvolutionGeometry geometry, ConvolutionMethod method)
    {
        (int rowsRead, int columnsRead) = Reach(geometry, method);
        int bottom = rowsRead - geometry.Input.H;
        int right = columnsRead - geometry.Input.W;
        if (method == ConvolutionMethod.Folded && !geometry.Wraps)
        {
            // Taps that meet no pixel are skipped.
            return true;
        }

        if (geometry.IsPhased)
        {
            return NeedPhasedBorder(source, geometry);
        }

        return method == ConvolutionMethod.Unfolded
            ? source.NeedBorder(geometry.Top, 0, bottom, 0, wraps: false)
            : source.NeedBorder(geometry.Top, geometry.Left, bottom, right, geometry.Wraps);
    }

    private static bool NeedPhasedBorder(PlannedValue source, ConvolutionGeometry geometry) => source.NeedBorder(
        (geometry.KernelHeight - 1) / geometry.Stride + 1,
        (geometry.KernelWidth - 1) / geometry.Stride + 1,
        (geometry.Output.H - 1 + geometry.Top) / geometry.Stride + 1 - geometry.Input.H,
        (geometry.Output.W - 1 + geometry.Left) / geometry.Stride + 1 - geometry.Input.W,
        wraps: false);

    /// <summary>One past the last input row and column read.</summary>
    private static (int Rows, int Columns) Reach(ConvolutionGeometry geometry, ConvolutionMethod method)
    {
        Shape output = geometry.Output;
        if (method == ConvolutionMethod.Winograd)
        {
            return (
                WinogradWeights.Reach(output.H, geometry.KernelHeight, geometry.Top),
                WinogradWeights.Reach(output.W, geometry.KernelWidth, geometry.Left));
        }

        return (
            (output.H - 1) * geometry.Stride + geometry.KernelHeight - geometry.Top,
            (output.W - 1) * geometry.Stride + geometry.KernelWidth - geometry.Left);
    }
}
