using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Nn.Weights;

/// <summary>
/// Reads the metadata of a weight file strictly: numbers use the invariant culture without thousands separators, and
/// must be finite and in range. Every error names the file and the key.
/// </summary>
/// <param name="metadata">The metadata entries.</param>
/// <param name="source">The file name, for messages.</param>
public sealed class MetadataReader(IReadOnlyDictionary<string, string> metadata, string source)
{
    /// <summary>Checks that a key has a given value.</summary>
    /// <param name="key">The key that states the kind of file.</param>
    /// <param name="expected">The value of the key in such files.</param>
    /// <param name="kind">What such files contain, for the message, e.g. "trained prior".</param>
    /// <exception cref="InputException">
    /// The key is missing or has another value: the file is of another kind.
    /// </exception>
    public void Require(string key, string expected, string kind)
    {
        if (metadata.GetValueOrDefault(key) is var found && found != expected)
        {
            throw new InputException(found is null
                ? $"{source}: contains no {kind}: metadata has no '{key}', expected '{expected}'"
                : $"{source}: contains no {kind}: metadata '{key}' is '{found}', expected '{expected}'");
        }
    }

    /// <summary>Reads a text.</summary>
    /// <exception cref="InputException">The key is missing.</exception>
    public string GetText(string key) =>
        metadata.TryGetValue(key, out string? text)
            ? text
            : throw new InputException($"{source}: metadata has no '{key}'; the file is damaged or of another version");

    /// <summary>Reads a text that must be one of the known values.</summary>
    /// <exception cref="InputException">The key is missing or has another value.</exception>
    public string GetChoice(string key, params IReadOnlyList<string> known) =>
        GetText(key) is var text && known.Contains(text)
            ? text
            : throw Bad(key, $"must be one of {string.Join(", ", known)}");

    /// <summary>Like <see cref="GetChoice"/>, but returns <paramref name="missing"/> if the key is missing.</summary>
    /// <exception cref="InputException">The key has another value.</exception>
    public string GetChoiceOr(string missing, string key, params IReadOnlyList<string> known) =>
        metadata.ContainsKey(key) ? GetChoice(key, known) : missing;

    /// <summary>Reads an integer in [minimum, maximum].</summary>
    /// <exception cref="InputException">The key is missing, or its value is not such an integer.</exception>
    public int GetInteger(string key, int minimum, int maximum = int.MaxValue) =>
        StrictNumber.TryParse(GetText(key), out int value)
            && value >= minimum && value <= maximum
            ? value
            : throw Bad(key, maximum == int.MaxValue
                ? $"must be an integer of at least {minimum}"
                : $"must be an integer from {minimum} to {maximum}");

    /// <summary>Reads a finite number in [minimum, maximum].</summary>
    /// <exception cref="InputException">The key is missing, or its value is not such a number.</exception>
    public double GetNumber(string key, double minimum, double maximum = double.MaxValue) =>
        StrictNumber.TryParse(GetText(key), out double value) && value >= minimum && value <= maximum
            ? value
            : throw Bad(key, maximum == double.MaxValue
                ? FormattableString.Invariant($"must be a finite number of at least {minimum}")
                : FormattableString.Invariant($"must be a number from {minimum} to {maximum}"));

    /// <summary>Like <see cref="GetNumber"/>, but returns <paramref name="missing"/> if the key is missing.</summary>
    /// <exception cref="InputException">
    /// The value is not a finite number of at least <paramref name="minimum"/>.
    /// </exception>
    public double GetNumberOr(double missing, string key, double minimum) =>
        metadata.ContainsKey(key) ? GetNumber(key, minimum) : missing;

    private InputException Bad(string key, string rule) =>
        new($"{source}: metadata '{key}' {rule}, got '{metadata[key]}'; the file is damaged");
}
