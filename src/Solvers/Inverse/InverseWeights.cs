using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// A trained inverse and its file: the network's weights, and the kernel, stride and ρ that they were trained for.
/// </summary>
/// <param name="Problem">What is inverted.</param>
/// <param name="Architecture">With ReLU or without.</param>
/// <param name="Channels">Channels of the network.</param>
/// <param name="Weights">The contents of the file.</param>
/// <param name="TrainingSeconds">How long training took.</param>
/// <param name="Source">The file, for messages.</param>
public sealed record InverseWeights(
    InverseProblem Problem, InverseArchitecture Architecture, int Channels, WeightSet Weights, double TrainingSeconds,
    string Source)
{
    private const string Format = "infadmm-inverse-1";
    private const string Paper = "paper";
    private const string Linear = "linear";

    private static readonly string[] Boundaries =
        [.. Enum.GetNames<Boundary>().Select(name => name.ToLowerInvariant())];

    /// <summary>Copies the weights of a trained network.</summary>
    /// <param name="problem">What it was trained for.</param>
    /// <param name="network">The network.</param>
    /// <param name="trainingSeconds">How long training took.</param>
    /// <param name="metadata">More entries for the file.</param>
    public static InverseWeights FromNetwork(
        InverseProblem problem, InverseNetwork network, double trainingSeconds,
        IReadOnlyDictionary<string, string> metadata)
    {
        var described = new MetadataWriter
        {
            { "format", Format },
            { "architecture", network.Architecture == InverseArchitecture.Paper ? Paper : Linear },
            { StoredKernel.NameKey, problem.Kernel.Name },
            { "stride", problem.Stride },
            { "boundary", problem.Boundary.ToString().ToLowerInvariant() },
            { "rho", problem.Rho },
            { "training_seconds", Math.Round(trainingSeconds, 1) },
        };
        foreach ((string key, string value) in metadata)
        {
            described.Add(key, value);
        }

        WeightSet weights = ModuleWeights.Export(network, described.Entries)
            .With(StoredKernel.ArrayName, StoredKernel.ToArray(problem.Kernel));
        return new InverseWeights(
            problem, network.Architecture, network.OuterWeights.Shape.N, weights, trainingSeconds,
            "the trained network");
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read or holds no trained inverse.</exception>
    public static InverseWeights Load(string path) => FromWeights(SafeTensorsFile.Load(path), path);

    /// <summary>Reads the contents of a file.</summary>
    /// <exception cref="InputException">They are no trained inverse.</exception>
    public static InverseWeights FromWeights(WeightSet weights, string source)
    {
        var metadata = new MetadataReader(weights.Metadata, source);
        metadata.Require("format", Format, "trained inverse");
        InverseArchitecture architecture = metadata.GetChoice("architecture", Paper, Linear) == Linear
            ? InverseArchitecture.Linear
            : InverseArchitecture.Paper;
        int stride = metadata.GetInteger("stride", 1, BlurKernel.LargestSide);
        double rho = metadata.GetNumber("rho", 1e-30, 1e30);

        // Files that name no boundary are from before there was a choice.
        Boundary boundary = Enum.Parse<Boundary>(
            metadata.GetChoiceOr("periodic", "boundary", Boundaries), ignoreCase: true);
        double seconds = metadata.GetNumberOr(0, "training_seconds", 0);
        weights.CheckFinite(source);
        if (!weights.Arrays.TryGetValue("expand0.weight", out WeightArray? outer) || outer.Shape.Length != 4)
        {
            throw new InputException($"{source}: array 'expand0.weight' is missing or not of four extents");
        }

        var problem = new InverseProblem(StoredKernel.Read(weights, source), stride, rho, boundary);
        return new InverseWeights(problem, architecture, outer.Shape[0], weights, seconds, source);
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Save(string path) => SafeTensorsFile.Save(path, Weights);

    /// <summary>Builds the network with these weights.</summary>
    /// <exception cref="InputException">The weights are of another network.</exception>
    public InverseNetwork ToNetwork(Device device)
    {
        var network = new InverseNetwork(device, Architecture, Channels, Problem.Boundary);
        try
        {
            ModuleWeights.Import(network, Weights.Without(StoredKernel.ArrayName), Source);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
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

    /// <summary>Makes the inverse for a measurement grid.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="grid">The measurement's shape.</param>
    /// <param name="tolerance">
    /// The relative error allowed when a collapsed kernel is cut down to be cheaper. The default is far below the error
    /// that training leaves.
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
