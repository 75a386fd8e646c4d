using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Nn.Weights;

/// <summary>
/// Reads the metadata of a weight file strictly: in the invariant culture, without thousands separators, finite and in
/// range. Every error names file and key.
/// </summary>
/// <param name="metadata">The entries.</param>
/// <param name="source">The file, for messages.</param>
public sealed class MetadataReader(IReadOnlyDictionary<string, string> metadata, string source)
{
    /// <summary>Throws unless the key has exactly this value.</summary>
    /// <param name="key">The key that says what kind of file it is.</param>
    /// <param name="expected">Its value in such files.</param>
    /// <param name="kind">What such files hold, for the message: "trained prior".</param>
    /// <exception cref="InputException">The file is of another kind.</exception>
    public void Require(string key, string expected, string kind)
    {
        if (metadata.GetValueOrDefault(key) is var found && found != expected)
        {
            throw new InputException(found is null
                ? $"{source}: holds no {kind}: metadata has no '{key}', expected '{expected}'"
                : $"{source}: holds no {kind}: metadata '{key}' is '{found}', expected '{expected}'");
        }
    }

    /// <summary>A text.</summary>
    /// <exception cref="InputException">The key is missing.</exception>
    public string GetText(string key) =>
        metadata.TryGetValue(key, out string? text)
            ? text
            : throw new InputException($"{source}: metadata has no '{key}'; the file is damaged or of another version");

    /// <summary>One of some words.</summary>
    /// <exception cref="InputException">The key is missing or has another value.</exception>
    public string GetChoice(string key, params IReadOnlyList<string> known) =>
        GetText(key) is var text && known.Contains(text)
            ? text
            : throw Bad(key, $"must be one of {string.Join(", ", known)}");

    /// <summary>As <see cref="GetChoice"/>, or a default where the key is missing.</summary>
    /// <exception cref="InputException">The key has another value.</exception>
    public string GetChoiceOr(string missing, string key, params IReadOnlyList<string> known) =>
        metadata.ContainsKey(key) ? GetChoice(key, known) : missing;

    /// <summary>An integer in [minimum, maximum].</summary>
    /// <exception cref="InputException">The key is missing, or has no such value.</exception>
    public int GetInteger(string key, int minimum, int maximum = int.MaxValue) =>
        StrictNumber.TryParse(GetText(key), out int value)
            && value >= minimum && value <= maximum
            ? value
            : throw Bad(key, maximum == int.MaxValue
                ? $"must be an integer of at least {minimum}"
                : $"must be an integer from {minimum} to {maximum}");

    /// <summary>A finite number in [minimum, maximum].</summary>
    /// <exception cref="InputException">The key is missing, or has no such value.</exception>
    public double GetNumber(string key, double minimum, double maximum = double.MaxValue) =>
        StrictNumber.TryParse(GetText(key), out double value) && value >= minimum && value <= maximum
            ? value
            : throw Bad(key, maximum == double.MaxValue
                ? FormattableString.Invariant($"must be a finite number of at least {minimum}")
                : FormattableString.Invariant($"must be a number from {minimum} to {maximum}"));

    /// <summary>As <see cref="GetNumber"/>, or a default where the key is missing.</summary>
    /// <exception cref="InputException">The key has another value.</exception>
    public double GetNumberOr(double missing, string key, double minimum) =>
        metadata.ContainsKey(key) ? GetNumber(key, minimum) : missing;

    private InputException Bad(string key, string rule) =>
        new($"{source}: metadata '{key}' {rule}, got '{metadata[key]}'; the file is damaged");
}
