using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Onnx;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Onnx;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// A trained prior as an ONNX model, x = G(v, y, level): the inputs <c>v</c>, <c>y</c> unless it is unconditional, and
/// the scalar <c>level</c> unless it takes none, the output <c>x</c>. Sides must be multiples of the network's factor
/// and the stride; the entry <c>multiple</c> of the model states that number.
/// </summary>
/// <param name="Weights">The trained prior.</param>
public sealed record PriorModel(PriorWeights Weights)
{
    /// <summary>The smallest image that a network is described for, in multiples.</summary>
    private const int Multiples = 4;

    private const string LevelName = "level";

    /// <summary>
    /// Height and width of the images; null if every run may choose them, apart from a network that takes only one
    /// size.
    /// </summary>
    public int? Side { get; init; }

    /// <summary>
    /// The step of the loop, counted from 0, whose running statistics of batch normalization are used; later ones than
    /// the last are the same.
    /// </summary>
    public int Step { get; init; }

    private ImageTask Task => Weights.Task;

    private bool IsForEveryTask => Weights.Architecture == PriorArchitecture.Denoiser;

    private int? FixedSide => Weights.Design.OnlySide ?? Side;

    /// <summary>Writes the model of the network alone.</summary>
    /// <param name="device">The device that the weights are loaded on.</param>
    /// <exception cref="InputException">The size does not fit, or the weights belong to another network.</exception>
    public OnnxGraph Create(Device device)
    {
        int multiple = IsForEveryTask ? Weights.Design.Factor : Task.Multiple(Weights.Architecture);
        Check(multiple);
        NetworkNode network = Trace(device, out bool isConditional);
        var graph = new OnnxGraph();
        OnnxExtent[] image = Extents(Weights.Channels, FixedSide, "height", "width");
        string v = graph.AddInput("v", image);
        Shape measured = Task.Measured(new Shape(1, Weights.Channels, Task.Stride, Task.Stride));
        string? y = !isConditional
            ? null
            : graph.AddInput("y", Task.Stride == 1
                ? [image[0], measured.C, .. image[2..]]
                : Extents(measured.C, FixedSide / Task.Stride, "measured_height", "measured_width"));
        graph.AddOutput("x", Add(graph, network, v, y), image);
        Describe(graph, multiple);
        if (!IsForEveryTask)
        {
            graph.Describe("kernel", Task.Kernel.Name);
            graph.Describe("stride", Text(Task.Stride));
            graph.Describe("rho", string.Join(',', Weights.Rho.Select(Text)));
        }

        return graph;
    }

    /// <summary>Writes the model of an iteration of ADMM with this prior (<see cref="IterationModel"/>).</summary>
    /// <param name="device">The device that the weights are loaded on.</param>
    /// <param name="inverse">The inverse, which must be for the operator of the task.</param>
    /// <exception cref="InputException">
    /// The inverse is for another operator, the prior must not be used in a loop, the size does not fit, or weights
    /// belong to another network.
    /// </exception>
    public OnnxGraph CreateIteration(Device device, InverseWeights inverse)
    {
        CheckOperator(Task, inverse);
        if (Weights.WhyNotInLoop is { } reason)
        {
            throw new InputException(reason);
        }

        int multiple = Task.Multiple(Weights.Architecture);
        Check(multiple);
        NetworkNode network = Trace(device, out bool isConditional);
        var iteration = new IterationModel(inverse)
        {
            Prior = (graph, v, y) => Add(graph, network, v, isConditional ? y : null),
            Channels = Weights.Channels,
            GreyWeights = Task.GreyWeights,
            Side = FixedSide,
        };
        OnnxGraph model = iteration.Create(device);
        Describe(model, multiple);
        if (!IsForEveryTask)
        {
            model.Describe("prior_rho", string.Join(',', Weights.Rho.Select(Text)));
        }

        return model;
    }

    /// <summary>Throws unless an inverse is for the operator of a task.</summary>
    /// <exception cref="InputException">It is for another one.</exception>
    public static void CheckOperator(ImageTask task, InverseWeights inverse)
    {
        InverseProblem needed = task.InverseProblem(inverse.Problem.Rho);
        if (!needed.IsSameAs(inverse.Problem))
        {
            throw new InputException(
                $"{inverse.Source}: was trained for {inverse.Problem}, the task {task.Name} needs {needed}");
        }
    }

    private NetworkNode Trace(Device device, out bool isConditional)
    {
        int side = FixedSide ?? Multiples * Task.Multiple(Weights.Architecture);
        var image = new Shape(1, Weights.Channels, side, side);
        using PriorNetwork network = Weights.ToNetwork(device);
        isConditional = network.Prior.IsConditional;
        return network.Trace(Step, image, isConditional ? Task.Measured(image) : image);
    }

    private string Add(OnnxGraph graph, NetworkNode network, string v, string? y)
    {
        string[] inputs = y is null ? [v] : [v, y];
        return network.InOrder().OfType<InputNode>().Count() == inputs.Length
            ? OnnxNetwork.Add(graph, network, inputs)
            : OnnxNetwork.Add(graph, network, [.. inputs, AddLevelMap(graph, v)]);
    }

    /// <summary>The scalar level for each block of pixels of v.</summary>
    private string AddLevelMap(OnnxGraph graph, string v)
    {
        string level = graph.AddInput(LevelName);
        string batch = graph.AddNode("Shape", [v], OnnxParameter.Of("start", 0), OnnxParameter.Of("end", 1));
        string sides = graph.AddNode("Shape", [v], OnnxParameter.Of("start", 2));
        int factor = Weights.Design.Factor;
        string blocks = graph.AddNode("Div", [sides, graph.AddIndices(factor, factor)]);
        string extents = graph.AddNode("Concat", [batch, graph.AddIndices(1), blocks], OnnxParameter.Of("axis", 0));
        return graph.AddNode("Expand", [level, extents]);
    }

    private void Check(int multiple)
    {
        if (Weights.Design.OnlySide is { } only && Side is { } wanted && wanted != only)
        {
            throw Unfit($"the network takes images of {only}x{only} only, not of {wanted}x{wanted}");
        }

        if (Side % multiple is not (null or 0))
        {
            throw Unfit($"a side of {Side} is not a multiple of {multiple}, which the network needs");
        }
    }

    private void Describe(OnnxGraph graph, int multiple)
    {
        graph.Describe("prior", Path.GetFileName(Weights.Source));
        graph.Describe("network", PriorArchitectures.NameOf(Weights.Architecture));
        graph.Describe("task", IsForEveryTask ? "any" : Task.Name);
        graph.Describe("multiple", Text(multiple));
        if (Weights.Uses > 1)
        {
            graph.Describe("step", Text(Math.Min(Step, Weights.Uses - 1)));
        }

        if (!IsForEveryTask)
        {
            graph.Describe("sigma", Text(Task.Sigma));
        }

        if (graph.Inputs.Any(input => input.Name == LevelName))
        {
            graph.Describe(LevelName, IsForEveryTask
                ? $"sigma/{Text(NoiseLevel.LargestSigma)}"
                : string.Join(',', Weights.Rho.Select((_, k) => Text(Weights.LevelOf(k)))));
        }
    }

    private static OnnxExtent[] Extents(int channels, int? side, string height, string width) =>
        ["batch", channels, side is { } rows ? rows : height, side is { } columns ? columns : width];

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static InputException Unfit(string message) => new(message) { Parameter = "size" };
}
