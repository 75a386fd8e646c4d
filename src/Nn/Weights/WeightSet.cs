using InfAdmm.Engine;

namespace InfAdmm.Nn.Weights;

/// <summary>
/// The weights of a network in memory: arrays by name, and metadata. <see cref="ModuleWeights"/> copies them to and
/// from a module, <see cref="SafeTensorsFile"/> to and from a file.
/// </summary>
/// <param name="Arrays">The arrays by name, in the order of the file.</param>
/// <param name="Metadata">
/// Text entries that describe the weights; <see cref="MetadataReader"/> reads them, <see cref="MetadataWriter"/> builds
/// them.
/// </param>
public sealed record WeightSet(
    IReadOnlyDictionary<string, WeightArray> Arrays, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Returns the set with an array added or replaced.</summary>
    public WeightSet With(string name, WeightArray array) =>
        this with { Arrays = new Dictionary<string, WeightArray>(Arrays) { [name] = array } };

    /// <summary>Returns the set without the named arrays.</summary>
    public WeightSet Without(params IReadOnlyList<string> names) =>
        this with { Arrays = Arrays.Where(entry => !names.Contains(entry.Key)).ToDictionary() };

    /// <summary>Checks that every value of every array is finite.</summary>
    /// <param name="source">The file name, for messages.</param>
    /// <exception cref="InputException">A value is not finite; the message names the file and the array.</exception>
    public void CheckFinite(string source)
    {
        foreach ((string name, WeightArray array) in Arrays)
        {
            if (!FiniteValues.All(array.Values))
            {
                throw new InputException(
                    $"{source}: array '{name}' has a value that is not finite; the file is damaged");
            }
        }
    }
}
