using InfAdmm.Engine;

namespace InfAdmm.Nn.Weights;

/// <summary>
/// The weights of a network in memory: arrays by name, and text that describes them. <see cref="ModuleWeights"/> copies
/// them to and from a module, <see cref="SafeTensorsFile"/> to and from a file.
/// </summary>
/// <param name="Arrays">The arrays by name, in the order of the file.</param>
/// <param name="Metadata">
/// The description; <see cref="MetadataReader"/> reads it, <see cref="MetadataWriter"/> makes it.
/// </param>
public sealed record WeightSet(
    IReadOnlyDictionary<string, WeightArray> Arrays, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The same set with an array added or replaced.</summary>
    public WeightSet With(string name, WeightArray array) =>
        this with { Arrays = new Dictionary<string, WeightArray>(Arrays) { [name] = array } };

    /// <summary>The same set without some arrays.</summary>
    public WeightSet Without(params IReadOnlyList<string> names) =>
        this with { Arrays = Arrays.Where(entry => !names.Contains(entry.Key)).ToDictionary() };

    /// <summary>Throws unless every value of every array is a finite number.</summary>
    /// <param name="source">The file, for the message.</param>
    /// <exception cref="InputException">One is not; the message names file and array.</exception>
    public void CheckFinite(string source)
    {
        foreach ((string name, WeightArray array) in Arrays)
        {
            if (array.Values.Any(value => !float.IsFinite(value)))
            {
                throw new InputException(
                    $"{source}: array '{name}' has a value that is not finite; the file is damaged");
            }
        }
    }
}
