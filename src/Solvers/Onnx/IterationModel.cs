using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Onnx;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Onnx;

/// <summary>
/// One iteration of ADMM as an ONNX model (docs/mathematics.md §1 and (R)): with the inputs <c>z</c>, <c>w</c> and
/// <c>y</c>, v = z − w, x = prox(v), q = x + w, z⁺ = q + Aᵀ C (y − A q), w⁺ = q − z⁺, and the outputs <c>x</c>,
/// <c>z_next</c> and <c>w_next</c>. A program without .NET runs it in a loop.
/// </summary>
/// <param name="Inverse">The trained inverse C. It states A, apart from <see cref="GreyWeights"/>, and ρ.</param>
public sealed record IterationModel(InverseWeights Inverse)
{
    /// <summary>Adds the x-update of a prior to a graph.</summary>
    /// <param name="graph">The graph; the prior may add inputs of its own.</param>
    /// <param name="v">The value v.</param>
    /// <param name="y">The measurement.</param>
    /// <returns>The name of x.</returns>
    public delegate string PriorNodes(OnnxGraph graph, string v, string y);

    /// <summary>
    /// The x-update; null for the soft threshold, the proximal operator of ‖x‖₁, with the scalar input <c>tau</c>,
    /// λ/(2ρ).
    /// </summary>
    public PriorNodes? Prior { get; init; }

    /// <summary>The channels of x; null if every run may choose them.</summary>
    public int? Channels { get; init; }

    /// <summary>
    /// The weights of the channels in a measurement of one channel (<see cref="MixedBlur"/>); null if each channel is
    /// measured separately. The inverse must have been trained for the kernel times their norm.
    /// </summary>
    public IReadOnlyList<double>? GreyWeights { get; init; }

    /// <summary>Height and width of x; null if every run may choose them.</summary>
    public int? Side { get; init; }

    private InverseProblem Problem => Inverse.Problem;

    /// <summary>Writes the model.</summary>
    /// <param name="device">The device that the weights are loaded on.</param>
    /// <exception cref="InputException">
    /// The boundary cannot be written, the size does not fit A or C, or the weights belong to another network.
    /// </exception>
    public OnnxGraph Create(Device device)
    {
        NetworkNode network = InverseModel.Trace(device, Inverse);
        Check(network);
        var graph = new OnnxGraph();
        int? measuredChannels = GreyWeights is not null ? 1 : Inverse.Channels == 1 ? Channels : Inverse.Channels;
        OnnxExtent[] image = Extents(Channels ?? measuredChannels, Side, "height", "width");
        string prefix = Problem.Stride == 1 ? "" : "measured_";
        OnnxExtent[] measurement =
            Extents(measuredChannels, Side / Problem.Stride, $"{prefix}height", $"{prefix}width");
        string z = graph.AddInput("z", image);
        string w = graph.AddInput("w", image);
        string y = graph.AddInput("y", measurement);
        string v = graph.AddNode("Sub", [z, w]);
        string x = Prior is null ? AddSoftThreshold(graph, v) : Prior(graph, v, y);
        string q = graph.AddNode("Add", [x, w]);
        string next = graph.AddNode("Add", [q, AddCorrection(graph, network, q, y)]);
        graph.AddOutput("x", x, image);
        graph.AddOutput("z_next", next, image);
        graph.AddOutput("w_next", graph.AddNode("Sub", [q, next]), image);
        InverseModel.Describe(graph, Inverse);
        return graph;
    }

    /// <summary>x = v − min(max(v, −τ), τ) is the soft threshold.</summary>
    private static string AddSoftThreshold(OnnxGraph graph, string v)
    {
        string tau = graph.AddInput("tau");
        string clipped = graph.AddNode("Clip", [v, graph.AddNode("Neg", [tau]), tau]);
        return graph.AddNode("Sub", [v, clipped]);
    }

    /// <summary>Aᵀ C (y − A q) in the shape of q.</summary>
    private string AddCorrection(OnnxGraph graph, NetworkNode network, string q, string y)
    {
        string planes = GreyWeights is { } weights
            ? AddMix(graph, q, weights, 1, weights.Count)
            : InverseModel.AddPlanes(graph, q);
        string measured = GreyWeights is null ? InverseModel.AddPlanes(graph, y) : y;
        string product = BlurNodes.AddBlur(graph, planes, Problem.Kernel, Problem.Stride, Problem.Boundary);
        string e = graph.AddNode("Sub", [measured, product]);
        string solved = AddInverse(graph, network, e);
        string adjoint = BlurNodes.AddAdjoint(graph, solved, Problem.Kernel, Problem.Stride, Problem.Boundary);
        return GreyWeights is { } spread
            ? AddMix(graph, adjoint, spread, spread.Count, 1)
            : InverseModel.AddLike(graph, adjoint, q);
    }

    /// <summary>C of planes; a network of several channels takes the planes of an image together.</summary>
    private string AddInverse(OnnxGraph graph, NetworkNode network, string e)
    {
        if (Inverse.Channels == 1)
        {
            return OnnxNetwork.Add(graph, network, e);
        }

        string images = graph.AddNode("Reshape", [e, graph.AddIndices(-1, Inverse.Channels, 0, 0)]);
        return InverseModel.AddPlanes(graph, OnnxNetwork.Add(graph, network, images));
    }

    /// <summary>The weighted sum of channels, or its adjoint; the norm of the weights belongs to the kernel.</summary>
    private static string AddMix(OnnxGraph graph, string image, IReadOnlyList<double> weights, int outputs, int inputs)
    {
        double norm = ChannelMix.Norm(weights);
        float[] unit = [.. weights.Select(weight => (float)(weight / norm))];
        return graph.AddNode("Conv", [image, graph.AddConstant(unit, outputs, inputs, 1, 1)]);
    }

    private static OnnxExtent[] Extents(int? channels, int? side, string height, string width) =>
    [
        "batch", channels is { } count ? count : "channels", side is { } rows ? rows : height,
        side is { } columns ? columns : width,
    ];

    private void Check(NetworkNode network)
    {
        if (!BlurNodes.CanWrite(Problem.Boundary))
        {
            throw new InputException(
                $"{Inverse.Source}: a {Problem.Boundary.ToString().ToLowerInvariant()} boundary cannot be written as " +
                "ONNX: train an inverse for a periodic or a zero boundary");
        }

        if (Inverse.Channels != 1 && Inverse.Channels != (GreyWeights is null ? Channels ?? Inverse.Channels : 1))
        {
            throw new InputException(
                $"{Inverse.Source}: was trained for measurements of {Inverse.Channels} channels, these have " +
                $"{(GreyWeights is null ? Channels : 1)}: train an inverse of 1 channel");
        }

        if (Side is not { } side)
        {
            return;
        }

        BlurDownsample.Check(
            Problem.Kernel, Problem.Stride, new Shape(1, 1, side, side), Problem.Boundary, kernelParameter: "size");
        int smallest = InverseModel.SmallestSide(network) * Problem.Stride;
        if (side < smallest)
        {
            throw new InputException(
                $"the measurement of an image of {side}x{side} is smaller than the learned kernels: choose at least " +
                FormattableString.Invariant($"{smallest}"))
            {
                Parameter = "size",
            };
        }
    }
}
