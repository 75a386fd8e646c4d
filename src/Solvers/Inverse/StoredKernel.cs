using InfAdmm.Engine;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// The blur kernel that trained weights belong to, stored with them as an array; its name is a metadata entry.
/// </summary>
public static class StoredKernel
{
    /// <summary>The name of the array.</summary>
    public const string ArrayName = "operator.kernel";

    /// <summary>The metadata key of the kernel's name.</summary>
    public const string NameKey = "kernel";

    /// <summary>Returns the array of a kernel, in single precision.</summary>
    public static WeightArray ToArray(BlurKernel kernel) => new(
        [kernel.Height, kernel.Width], [.. kernel.Values.ToArray().Select(value => (float)value)]);

    /// <summary>Reads the kernel.</summary>
    /// <param name="weights">The contents of a file.</param>
    /// <param name="source">The file name, for messages.</param>
    /// <exception cref="InputException">The kernel is missing, or is not a valid blur.</exception>
    public static BlurKernel Read(WeightSet weights, string source)
    {
        if (!weights.Arrays.TryGetValue(ArrayName, out WeightArray? array)
            || array.Shape is not [var height, var width])
        {
            throw new InputException($"{source}: has no kernel: an array '{ArrayName}' of rank 2 is missing");
        }

        string name = weights.Metadata.GetValueOrDefault(NameKey, source);
        try
        {
            return new BlurKernel(height, width, array.Values.Select(value => (double)value), name);
        }
        catch (InputException failure)
        {
            throw new InputException($"{source}: array '{ArrayName}': {failure.Message}", failure);
        }
    }
}
