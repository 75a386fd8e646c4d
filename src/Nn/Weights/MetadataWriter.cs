using System.Collections;
using System.Globalization;

namespace InfAdmm.Nn.Weights;

/// <summary>
/// Builds the metadata of a weight file, one entry per call of Add. Numbers are written in the invariant culture, so
/// that <see cref="MetadataReader"/> reads the same values.
/// <code>
/// var metadata = new MetadataWriter { { "format", "example-1" }, { "stride", 4 }, { "rho", 0.003 } };
/// </code>
/// </summary>
public sealed class MetadataWriter : IEnumerable<KeyValuePair<string, string>>
{
    private readonly Dictionary<string, string> _entries = [];

    /// <summary>The entries added so far.</summary>
    public IReadOnlyDictionary<string, string> Entries => _entries;

    /// <summary>Adds a text.</summary>
    public void Add(string key, string value) => _entries.Add(key, value);

    /// <summary>Adds an integer.</summary>
    public void Add(string key, int value) => Add(key, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds a seed.</summary>
    public void Add(string key, ulong value) => Add(key, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds a number, in the shortest form that reads back exactly.</summary>
    public void Add(string key, double value) => Add(key, value.ToString("R", CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
