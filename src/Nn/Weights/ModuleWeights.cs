using InfAdmm.Engine;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Weights;

/// <summary>Copies the parameters and buffers of a module to and from a <see cref="WeightSet"/>.</summary>
public static class ModuleWeights
{
    /// <summary>Returns a copy of all parameters and buffers under their names, all of rank 4.</summary>
    public static WeightSet Export(Module module, IReadOnlyDictionary<string, string> metadata)
    {
        var arrays = new Dictionary<string, WeightArray>();
        foreach ((string name, Tensor tensor) in NamedTensors(module))
        {
            Shape shape = tensor.Shape;
            arrays[name] = new WeightArray([shape.N, shape.C, shape.H, shape.W], tensor.ToArray());
        }

        return new WeightSet(arrays, metadata);
    }

    /// <summary>
    /// Sets all parameters and buffers from a set that must have exactly their names and shapes; otherwise sets none.
    /// </summary>
    /// <param name="module">The module to set.</param>
    /// <param name="weights">The values.</param>
    /// <param name="source">The file name of the weights, for messages.</param>
    /// <exception cref="InputException">
    /// An array is missing, has the wrong shape, or is not part of the module.
    /// </exception>
    public static void Import(Module module, WeightSet weights, string source)
    {
        (string Name, Tensor Tensor)[] named = [.. NamedTensors(module)];
        foreach (string extra in weights.Arrays.Keys.Except(named.Select(entry => entry.Name)))
        {
            throw new InputException($"{source}: array '{extra}' is not part of this network");
        }

        foreach ((string name, Tensor tensor) in named)
        {
            Shape shape = tensor.Shape;
            if (!weights.Arrays.TryGetValue(name, out WeightArray? array))
            {
                throw new InputException($"{source}: array '{name}' is missing; the weights belong to another network");
            }

            int[] expected = [shape.N, shape.C, shape.H, shape.W];
            if (!array.Shape.AsSpan().SequenceEqual(expected))
            {
                throw new InputException(
                    $"{source}: array '{name}' is ({string.Join(", ", array.Shape)}), the network needs {shape}");
            }
        }

        foreach ((string name, Tensor tensor) in named)
        {
            tensor.Device.Upload(weights.Arrays[name].Values, tensor);
        }
    }

    private static IEnumerable<(string Name, Tensor Tensor)> NamedTensors(Module module) =>
        module.NamedParameters().Select(entry => (entry.Name, entry.Parameter.Data)).Concat(module.NamedBuffers());
}
