using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// A trained inverse as it is kept in a file: the network's weights, and the operator, stride and ρ that they hold for.
/// </summary>
/// <param name="Problem">What was inverted.</param>
/// <param name="Architecture">With ReLU or without.</param>
/// <param name="Channels">Channels of the network.</param>
/// <param name="Tensors">The weights by name.</param>
/// <param name="TrainingSeconds">How long training took.</param>
/// <param name="Source">The file, for messages.</param>
public sealed record InverseWeights(
    InverseProblem Problem, InverseArchitecture Architecture, int Channels, SafeTensors Tensors,
    double TrainingSeconds, string Source)
{
    private const string KernelName = "operator.kernel";
    private const string Format = "infadmm-inverse-1";

    /// <summary>Takes the weights of a trained network.</summary>
    public static InverseWeights FromNetwork(
        InverseProblem problem, InverseNetwork network, double trainingSeconds,
        IReadOnlyDictionary<string, string> metadata)
    {
        var described = new Dictionary<string, string>(metadata)
        {
            ["format"] = Format,
            ["architecture"] = network.Architecture == InverseArchitecture.Paper ? "paper" : "linear",
            ["kernel"] = problem.Kernel.Name,
            ["stride"] = problem.Stride.ToString(CultureInfo.InvariantCulture),
            ["boundary"] = problem.Boundary.ToString().ToLowerInvariant(),
            ["rho"] = problem.Rho.ToString("R", CultureInfo.InvariantCulture),
            ["training_seconds"] = trainingSeconds.ToString("F1", CultureInfo.InvariantCulture),
        };
        SafeTensors tensors = ModuleWeights.Export(network, described);
        var arrays = new Dictionary<string, WeightArray>(tensors.Arrays)
        {
            [KernelName] = new WeightArray(
                [problem.Kernel.Height, problem.Kernel.Width],
                [.. problem.Kernel.Values.ToArray().Select(value => (float)value)]),
        };
        tensors = tensors with { Arrays = arrays };
        int channels = network.OuterWeights.Shape.N;
        return new InverseWeights(
            problem, network.Architecture, channels, tensors, trainingSeconds, "the trained network");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read or holds no learned inverse.</exception>
    public static InverseWeights Load(string path)
    {
        SafeTensors tensors;
        try
        {
            tensors = SafeTensors.Load(path);
        }
        catch (InputException failure)
        {
            throw new InputException($"{failure.Message}; make one with 'infadmm train inverse'", failure);
        }

        return FromTensors(tensors, path);
    }

    /// <summary>Reads the contents of a file.</summary>
    /// <exception cref="InputException">They hold no learned inverse.</exception>
    public static InverseWeights FromTensors(SafeTensors tensors, string source)
    {
        IReadOnlyDictionary<string, string> metadata = tensors.Metadata;
        if (metadata.GetValueOrDefault("format") != Format
            || !tensors.Arrays.TryGetValue(KernelName, out WeightArray? kernel) || kernel.Shape.Length != 2
            || !int.TryParse(metadata.GetValueOrDefault("stride"), CultureInfo.InvariantCulture, out int stride)
            || !double.TryParse(metadata.GetValueOrDefault("rho"), CultureInfo.InvariantCulture, out double rho)
            || !tensors.Arrays.TryGetValue("expand0.weight", out WeightArray? outer) || outer.Shape.Length != 4)
        {
            throw new InputException($"{source}: holds no learned inverse; make one with 'infadmm train inverse'");
        }

        InverseArchitecture architecture = metadata.GetValueOrDefault("architecture") == "linear"
            ? InverseArchitecture.Linear
            : InverseArchitecture.Paper;
        string? time = metadata.GetValueOrDefault("training_seconds");
        double.TryParse(time, CultureInfo.InvariantCulture, out double seconds);
        var blur = new BlurKernel(
            kernel.Shape[0], kernel.Shape[1], kernel.Values.Select(value => (double)value),
            metadata.GetValueOrDefault("kernel", source));
        Boundary boundary = metadata.GetValueOrDefault("boundary") is { } name
            ? Enum.Parse<Boundary>(name, ignoreCase: true)
            : Boundary.Periodic;
        var problem = new InverseProblem(blur, stride, rho, boundary);
        return new InverseWeights(problem, architecture, outer.Shape[0], tensors, seconds, source);
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Save(string path) => Tensors.Save(path);

    /// <summary>Builds the network with these weights.</summary>
    public InverseNetwork ToNetwork(Device device)
    {
        var network = new InverseNetwork(device, Architecture, Channels, Problem.Boundary);
        var arrays = Tensors.Arrays.Where(entry => entry.Key != KernelName).ToDictionary();
        ModuleWeights.Import(network, Tensors with { Arrays = arrays }, Source);
        return network;
    }

    /// <summary>Collapses linear weights into the kernel of C ≈ B, on the scale of B.</summary>
    /// <exception cref="InvalidOperationException">The weights belong to a network with ReLU.</exception>
    public PeriodicKernel Collapse(Device device)
    {
        if (Architecture != InverseArchitecture.Linear)
        {
            throw new InvalidOperationException("only a linear network collapses into a kernel");
        }

        using InverseNetwork network = ToNetwork(device);
        using var graph = new Graph(device);
        float[] values = network.Collapse(graph).Data.ToArray();
        int radius = InverseNetwork.CollapsedSize / 2;
        double scale = 1 / Problem.MeanEigenvalue;
        return new PeriodicKernel(radius, radius, Array.ConvertAll(values, value => scale * value));
    }

    /// <summary>The inverse ready for use on a measurement grid.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="grid">The measurement's shape.</param>
    /// <param name="tolerance">
    /// What a collapsed kernel may lose, relative, to be cheaper. The default is far below what training reaches.
    /// </param>
    public IGramInverse ToInverse(Device device, Shape grid, double tolerance = 2e-6)
    {
        if (Architecture == InverseArchitecture.Linear)
        {
            return new KernelInverse(device, Collapse(device).Simplify(tolerance), grid, Problem.Boundary);
        }

        using InverseNetwork network = ToNetwork(device);
        return new NetworkInverse(device, network, 1 / Problem.MeanEigenvalue, grid);
    }
}
