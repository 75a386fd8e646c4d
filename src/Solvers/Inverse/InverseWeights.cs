using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// A trained inverse and its file: the network's weights, and the kernel, stride and ρ that they were trained for.
/// </summary>
/// <param name="Problem">The problem that the weights were trained for.</param>
/// <param name="Architecture">The architecture, with or without ReLU.</param>
/// <param name="Channels">The channels of the network.</param>
/// <param name="Weights">The contents of the file.</param>
/// <param name="TrainingSeconds">The training time, in seconds.</param>
/// <param name="Source">The file name, for messages.</param>
public sealed record InverseWeights(
    InverseProblem Problem, InverseArchitecture Architecture, int Channels, WeightSet Weights, double TrainingSeconds,
    string Source)
{
    private const double SimplificationError = 2e-6;
    private const string Format = "infadmm-inverse-1";
    private const string Paper = "paper";
    private const string Linear = "linear";

    private static readonly string[] Boundaries =
        [.. Enum.GetNames<Boundary>().Select(name => name.ToLowerInvariant())];

    /// <summary>Copies the weights of a trained network.</summary>
    /// <param name="problem">The problem that it was trained for.</param>
    /// <param name="network">The network.</param>
    /// <param name="trainingSeconds">The training time, in seconds.</param>
    /// <param name="metadata">Additional entries for the file.</param>
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
    /// <exception cref="InputException">The file cannot be read or contains no trained inverse.</exception>
    public static InverseWeights Load(string path) => FromWeights(SafeTensorsFile.Load(path), path);

    /// <summary>Parses the contents of a file.</summary>
    /// <exception cref="InputException">The contents are not a trained inverse.</exception>
    public static InverseWeights FromWeights(WeightSet weights, string source)
    {
        var metadata = new MetadataReader(weights.Metadata, source);
        metadata.Require("format", Format, "trained inverse");
        InverseArchitecture architecture = metadata.GetChoice("architecture", Paper, Linear) == Linear
            ? InverseArchitecture.Linear
            : InverseArchitecture.Paper;
        int stride = metadata.GetInteger("stride", 1, BlurKernel.LargestSide);
        double rho = metadata.GetNumber("rho", 1e-30, 1e30);

        // Files of earlier versions have no boundary entry: they were trained for the periodic one.
        Boundary boundary = Enum.Parse<Boundary>(
            metadata.GetChoiceOr("periodic", "boundary", Boundaries), ignoreCase: true);
        double seconds = metadata.GetNumberOr(0, "training_seconds", 0);
        weights.CheckFinite(source);
        if (!weights.Arrays.TryGetValue("expand0.weight", out WeightArray? outer) || outer.Shape.Length != 4)
        {
            throw new InputException($"{source}: array 'expand0.weight' is missing or does not have rank 4");
        }

        var problem = new InverseProblem(StoredKernel.Read(weights, source), stride, rho, boundary);
        return new InverseWeights(problem, architecture, outer.Shape[0], weights, seconds, source);
    }

    /// <summary>Writes the file completely or not at all.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save(string path) => SafeTensorsFile.Save(path, Weights);

    /// <summary>Builds the network with these weights.</summary>
    /// <exception cref="InputException">The weights belong to another network.</exception>
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

    /// <summary>Collapses linear weights into the kernel of C ≈ B, in the scale of B.</summary>
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

    /// <summary>Why the inverse cannot be applied on a measurement grid; null if it can.</summary>
    public string? WhyNot(Device device, Shape grid)
    {
        if (Architecture != InverseArchitecture.Linear || Problem.Boundary == Boundary.Periodic)
        {
            return null;
        }

        PeriodicKernel kernel = Collapse(device).Simplify(SimplificationError);
        return kernel.Height > grid.H || kernel.Width > grid.W
            ? $"a measurement of {grid.W}x{grid.H} is smaller than the learned kernel of {kernel.Width}x{kernel.Height}"
            : null;
    }

    /// <summary>Creates the inverse for a measurement grid.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="grid">The shape of the measurement.</param>
    /// <param name="tolerance">
    /// The relative error allowed when a collapsed kernel is simplified. The default is far below the error that
    /// remains after training.
    /// </param>
    public IGramInverse ToInverse(Device device, Shape grid, double tolerance = SimplificationError)
    {
        if (Architecture == InverseArchitecture.Linear)
        {
            return new KernelInverse(device, Collapse(device).Simplify(tolerance), grid, Problem.Boundary);
        }

        using InverseNetwork network = ToNetwork(device);
        return new NetworkInverse(device, network, 1 / Problem.MeanEigenvalue, grid);
    }

    /// <summary>C as a network description, in the scale of B.</summary>
    /// <param name="device">The device that the weights are loaded on.</param>
    /// <param name="e">The measurement: with one channel for an inverse of one channel, which acts on planes.</param>
    /// <exception cref="InputException">The weights belong to another network.</exception>
    public NetworkNode Trace(Device device, NetworkNode e)
    {
        if (Architecture == InverseArchitecture.Paper)
        {
            using InverseNetwork network = ToNetwork(device);
            return NetworkInverse.Trace(network, 1 / Problem.MeanEigenvalue, e);
        }

        PeriodicKernel kernel = Collapse(device).Simplify(SimplificationError);
        var weights = new ConvolutionWeights(
            Shape.Matrix(kernel.Height, kernel.Width), Array.ConvertAll(kernel.Values, value => (float)value));
        Boundary boundary = KernelInverse.Padding(Problem.Boundary);
        return e.Conv2d(
            weights, new Conv2dSpec(1, kernel.RadiusY, kernel.RadiusX, kernel.RadiusY, kernel.RadiusX, boundary));
    }
}
