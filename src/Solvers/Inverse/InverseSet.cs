using InfAdmm.Engine;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// Several trained inverses in one file, for a schedule of ρ: those of a loop that uses another ρ in each step. A file
/// with a single inverse is that of <see cref="InverseWeights"/>; in a larger one, the names of all arrays and metadata
/// entries begin with the number of the inverse, "0/", "1/", ….
/// </summary>
public static class InverseSet
{
    private const string Format = "infadmm-inverse-set-1";
    private const string FormatKey = "format";
    private const string CountKey = "count";
    private const int MostInverses = 1000;

    /// <summary>Reads all inverses of a file.</summary>
    /// <exception cref="InputException">The file cannot be read or contains no trained inverse.</exception>
    public static IReadOnlyList<InverseWeights> Load(string path) => FromWeights(SafeTensorsFile.Load(path), path);

    /// <summary>Parses the contents of a file.</summary>
    /// <exception cref="InputException">The contents are not trained inverses.</exception>
    public static IReadOnlyList<InverseWeights> FromWeights(WeightSet weights, string source)
    {
        if (weights.Metadata.GetValueOrDefault(FormatKey) != Format)
        {
            return [InverseWeights.FromWeights(weights, source)];
        }

        int count = new MetadataReader(weights.Metadata, source).GetInteger(CountKey, 1, MostInverses);
        return
        [
            .. Enumerable.Range(0, count).Select(i => InverseWeights.FromWeights(Part(weights, Prefix(i)), source)),
        ];
    }

    /// <summary>Writes inverses to a file, completely or not at all.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Save(string path, IReadOnlyList<InverseWeights> inverses)
    {
        if (inverses is [var single])
        {
            single.Save(path);
            return;
        }

        var metadata = new MetadataWriter { { FormatKey, Format }, { CountKey, inverses.Count } };
        var arrays = new Dictionary<string, WeightArray>();
        for (int i = 0; i < inverses.Count; i++)
        {
            foreach ((string key, string value) in inverses[i].Weights.Metadata)
            {
                metadata.Add(Prefix(i) + key, value);
            }

            foreach ((string name, WeightArray array) in inverses[i].Weights.Arrays)
            {
                arrays.Add(Prefix(i) + name, array);
            }
        }

        SafeTensorsFile.Save(path, new WeightSet(arrays, metadata.Entries));
    }

    private static WeightSet Part(WeightSet weights, string prefix) => new(
        Named(weights.Arrays, prefix), Named(weights.Metadata, prefix));

    private static Dictionary<string, T> Named<T>(IReadOnlyDictionary<string, T> entries, string prefix) =>
        entries.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value);

    private static string Prefix(int index) => FormattableString.Invariant($"{index}/");
}
