using System.Numerics;
using InfAdmm.Engine;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// The filters of C = c·I + S Sᵀ ≈ (ρI + A Aᵀ)⁻¹ with S x = Σ_j window_j ∘ (t_j ∗ x) on the measurement grid, for a
/// range of ρ. c = 1/(ρ + Γ_max) is the least eigenvalue of the inverse, so C is positive definite whatever the filters
/// are, and nothing keeps S Sᵀ from being the rest of the inverse.
/// </summary>
/// <remarks>
/// Filters are stored for several ρ, divided by √μ with μ the mean eigenvalue of ρI + A Aᵀ, and interpolated linearly
/// in log ρ. <see cref="Analytic"/> computes them from the operator alone, <see cref="LocalInverseTrainer"/> trains them.
/// </remarks>
public sealed class LocalFilters
{
    /// <summary>The usual radius of a filter: 7×7.</summary>
    public const int DefaultRadius = 3;

    /// <summary>How far an entry of a trained filter may exceed those of the exact inverse.</summary>
    private const double LargestExcess = 100;

    private const string Format = "infadmm-local-inverse-1";
    private const string FiltersName = "filters";
    private const string KernelsName = "operator.kernels";
    private const int LargestRadius = 16;
    private const double Slack = 1e-6;
    private static readonly string[] Boundaries =
        [.. Enum.GetNames<Boundary>().Select(name => name.ToLowerInvariant())];

    private readonly double[] _rho;
    private readonly float[][] _filters;

    /// <summary>Groups filters.</summary>
    /// <param name="model">The operator. Of its mask only whether there is one matters.</param>
    /// <param name="rho">The ρ that the filters are for, rising.</param>
    /// <param name="filters">For each ρ, all filters one after the other.</param>
    /// <param name="radius">The radius of a filter.</param>
    /// <param name="source">The file name, for messages.</param>
    internal LocalFilters(
        LocalModel model, IReadOnlyList<double> rho, IReadOnlyList<float[]> filters, int radius, string source)
    {
        Model = model;
        _rho = [.. rho];
        _filters = [.. filters];
        Radius = radius;
        Source = source;
    }

    /// <summary>The operator that they belong to.</summary>
    public LocalModel Model { get; }

    /// <summary>The radius of a filter; it has 2·radius + 1 rows and columns.</summary>
    public int Radius { get; }

    /// <summary>The file name, for messages.</summary>
    public string Source { get; }

    /// <summary>The training time in seconds; 0 if they were not trained.</summary>
    public double TrainingSeconds { get; init; }

    /// <summary>The smallest ρ.</summary>
    public double LeastRho => _rho[0];

    /// <summary>The largest ρ.</summary>
    public double LargestRho => _rho[^1];

    /// <summary>For each ρ, all filters one after the other, times √μ.</summary>
    internal IReadOnlyList<float[]> Filters => _filters;

    /// <summary>The shape of a filter, (1, 1, rows, columns).</summary>
    internal Shape FilterShape => Shape.Matrix(2 * Radius + 1, 2 * Radius + 1);

    /// <summary>
    /// The filters without training: those of the inverse square root of ρI + A Aᵀ − as far as c·I leaves it − around
    /// each anchor, cut to the radius. With windows that do not vary and a radius without limit they are exact.
    /// </summary>
    public static LocalFilters Analytic(LocalModel model, double rho, int radius = DefaultRadius)
    {
        double floor = Floor(model, rho);
        double mean = rho + model.MeanEigenvalue;
        float[][] each = [.. model.Grams.Select(gram => RootFilter(gram, model.GridSize, rho, floor, mean, radius))];
        float[] all =
            [.. Enumerable.Range(0, FilterWindows.Count(model)).SelectMany(w => each[FilterWindows.KernelOf(model, w)])];
        return new LocalFilters(model, [rho], [all], radius, "the analytic filters");
    }

    /// <summary>Whether the filters can be used for an operator and a ρ.</summary>
    public bool Fit(LocalModel model, double rho) =>
        rho >= LeastRho * (1 - Slack) && rho <= LargestRho * (1 + Slack) && Model.IsLike(model);

    /// <summary>Creates the inverse for a measurement grid.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="model">The operator, with its mask.</param>
    /// <param name="rho">The penalty ρ.</param>
    /// <param name="grid">The shape of the measurement.</param>
    public LocalInverse ToInverse(Device device, LocalModel model, double rho, Shape grid)
    {
        var bank = new FilterBank(
            device, FilterWindows.Of(model, grid), At(rho), FilterShape, grid, KernelInverse.Padding(model.Boundary));
        return new LocalInverse(device, bank, Floor(model, rho), grid);
    }

    /// <summary>Returns why the filters cannot be used on a measurement grid; null if they can.</summary>
    public string? WhyNot(Shape grid) =>
        FilterWindows.WhyNot(Model, grid)
        ?? (FilterShape.H > grid.H || FilterShape.W > grid.W
            ? $"a measurement of {grid.W}x{grid.H} is smaller than the filters of {FilterShape.W}x{FilterShape.H}"
            : null);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">The file cannot be read or contains no such filters.</exception>
    public static LocalFilters Load(string path) => FromWeights(SafeTensorsFile.Load(path), path);

    /// <summary>Whether the contents of a file are filters rather than another kind of trained inverse.</summary>
    public static bool Is(WeightSet weights) => weights.Metadata.GetValueOrDefault("format") == Format;

    /// <summary>Parses the contents of a file.</summary>
    /// <exception cref="InputException">The contents are not such filters.</exception>
    public static LocalFilters FromWeights(WeightSet weights, string source)
    {
        var metadata = new MetadataReader(weights.Metadata, source);
        metadata.Require("format", Format, "local inverse");
        weights.CheckFinite(source);
        LocalModel model = ReadModel(weights, metadata, source);
        int count = metadata.GetInteger("rho_count", 1, 1000);
        double[] rho =
            [.. Enumerable.Range(0, count).Select(i => metadata.GetNumber(RhoKey(i), 1e-30, 1e30))];
        if (rho.Zip(rho.Skip(1)).Any(pair => !(pair.First < pair.Second)))
        {
            throw new InputException($"{source}: the values of ρ do not rise: train the inverse again");
        }

        int windows = FilterWindows.Count(model);
        if (!weights.Arrays.TryGetValue(FiltersName, out WeightArray? filters)
            || filters.Shape is not [var nodes, var number, var height, var width]
            || nodes != count || number != windows || height != width || height % 2 == 0
            || height > 2 * LargestRadius + 1)
        {
            throw new InputException(
                $"{source}: array '{FiltersName}' is missing or is not {count}x{windows} square filters of odd size");
        }

        float[][] each = [.. filters.Values.Chunk(windows * height * width)];
        for (int i = 0; i < count; i++)
        {
            // S Sᵀ is at most 1/ρ, so the entries of √μ S are at most √(μ/ρ).
            double largest = LargestExcess * Math.Sqrt(1 + model.MeanEigenvalue / rho[i]);
            if (each[i].FirstOrDefault(value => Math.Abs(value) > largest) is not 0 and var wrong)
            {
                throw new InputException(FormattableString.Invariant(
                    $"{source}: array '{FiltersName}' has the value {wrong:0.0e-0} for ρ = {rho[i]}, which no inverse has: ") +
                    "the file is damaged; train the inverse again");
            }
        }

        return new LocalFilters(model, rho, each, height / 2, source)
        {
            TrainingSeconds = metadata.GetNumberOr(0, "training_seconds", 0),
        };
    }

    /// <summary>Writes the file completely or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Additional entries for the file.</param>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save(string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafeTensorsFile.Save(path, ToWeights(metadata));

    /// <summary>Returns the contents of a file, which <see cref="FromWeights"/> reads.</summary>
    /// <param name="metadata">Additional entries for the file.</param>
    public WeightSet ToWeights(IReadOnlyDictionary<string, string>? metadata = null)
    {
        BlurKernel first = Model.Field.Kernels[0];
        var described = new MetadataWriter
        {
            { "format", Format },
            { StoredKernel.NameKey, first.Name },
            { "anchor_rows", Model.Field.Rows },
            { "stride", Model.Stride },
            { "boundary", Model.Boundary.ToString().ToLowerInvariant() },
            { "masked", Model.Mask is null ? "no" : "yes" },
            { "training_seconds", Math.Round(TrainingSeconds, 1) },
            { "rho_count", _rho.Length },
        };
        for (int i = 0; i < _rho.Length; i++)
        {
            described.Add(RhoKey(i), _rho[i]);
        }

        foreach ((string key, string value) in metadata ?? new Dictionary<string, string>())
        {
            described.Add(key, value);
        }

        int side = 2 * Radius + 1;
        var arrays = new Dictionary<string, WeightArray>
        {
            [FiltersName] = new(
                [_rho.Length, FilterWindows.Count(Model), side, side], [.. _filters.SelectMany(values => values)]),
            [KernelsName] = new(
                [Model.Field.Kernels.Count, first.Height, first.Width],
                [.. Model.Field.Kernels.SelectMany(kernel => kernel.Values.ToArray()).Select(value => (float)value)]),
        };
        return new WeightSet(arrays, described.Entries);
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{Model.Field.Kernels[0].Name}, stride {Model.Stride}, ρ = {LeastRho} to {LargestRho}");

    /// <summary>c: the least eigenvalue of (ρI + A Aᵀ)⁻¹.</summary>
    internal static double Floor(LocalModel model, double rho) => 1 / (rho + model.LargestEigenvalue);

    /// <summary>The two stored ρ on either side of one, by index, and the weight of the upper one.</summary>
    internal static (int Lower, float Upper) Place(IReadOnlyList<double> nodes, double rho)
    {
        int lower = 0;
        while (lower < nodes.Count - 2 && rho > nodes[lower + 1])
        {
            lower++;
        }

        double share = nodes.Count == 1
            ? 0
            : Math.Log(rho / nodes[lower]) / Math.Log(nodes[lower + 1] / nodes[lower]);
        return (lower, (float)Math.Clamp(share, 0, 1));
    }

    /// <summary>The filters for one ρ, in the scale of the inverse.</summary>
    private float[] At(double rho)
    {
        (int lower, float upper) = Place(_rho, rho);
        float[] next = _filters[Math.Min(lower + 1, _filters.Length - 1)];
        float scale = (float)(1 / Math.Sqrt(rho + Model.MeanEigenvalue));
        return [.. _filters[lower].Select((value, i) => scale * ((1 - upper) * value + upper * next[i]))];
    }

    private static LocalModel ReadModel(WeightSet weights, MetadataReader metadata, string source)
    {
        if (!weights.Arrays.TryGetValue(KernelsName, out WeightArray? kernels)
            || kernels.Shape is not [var number, var height, var width])
        {
            throw new InputException($"{source}: has no kernels: an array '{KernelsName}' of rank 3 is missing");
        }

        string name = weights.Metadata.GetValueOrDefault(StoredKernel.NameKey, source);
        bool isMasked = metadata.GetChoice("masked", "no", "yes") == "yes";
        try
        {
            BlurKernel[] each =
            [
                .. kernels.Values.Chunk(Math.Max(height * width, 1))
                    .Select(values => new BlurKernel(height, width, values.Select(value => (double)value), name)),
            ];
            return new LocalModel(
                new KernelField(each, metadata.GetInteger("anchor_rows", 1, number)),
                metadata.GetInteger("stride", 1, BlurKernel.LargestSide),
                Enum.Parse<Boundary>(metadata.GetChoice("boundary", Boundaries), ignoreCase: true),
                isMasked ? LocalModel.AnyMask : null);
        }
        catch (InputException failure)
        {
            throw new InputException($"{source}: array '{KernelsName}': {failure.Message}", failure);
        }
    }

    /// <summary>√(μ(1/(ρ + Γ) − c)) for each frequency, as a filter.</summary>
    private static float[] RootFilter(
        PeriodicKernel gram, int size, double rho, double floor, double mean, int radius)
    {
        Complex[] spectrum =
        [
            .. gram.Spectrum(size, size).Select(value =>
                new Complex(Math.Sqrt(mean * Math.Max(1 / (Math.Max(value, 0) + rho) - floor, 0)), 0)),
        ];
        DoubleFourier.Inverse(spectrum, size, size);
        int side = 2 * radius + 1;
        float[] filter = new float[side * side];
        for (int i = 0; i < filter.Length; i++)
        {
            int row = IndexArithmetic.Modulo(i / side - radius, size);
            int column = IndexArithmetic.Modulo(i % side - radius, size);
            filter[i] = (float)spectrum[row * size + column].Real;
        }

        return filter;
    }

    private static string RhoKey(int index) => FormattableString.Invariant($"rho.{index}");
}
