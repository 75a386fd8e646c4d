using InfAdmm.Engine;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Weights;

/// <summary>Moves the parameters and buffers of a module to and from weights files.</summary>
public static class ModuleWeights
{
    /// <summary>Takes a copy of all parameters and buffers under their names, all of rank 4.</summary>
    public static SafeTensors Export(Module module, IReadOnlyDictionary<string, string> metadata)
    {
        var arrays = new Dictionary<string, WeightArray>();
        foreach ((string name, Tensor tensor) in NamedTensors(module))
        {
            Shape shape = tensor.Shape;
            arrays[name] = new WeightArray([shape.N, shape.C, shape.H, shape.W], tensor.ToArray());
        }

        return new SafeTensors(arrays, metadata);
    }

    /// <summary>Sets all parameters and buffers from a file that has exactly their names and shapes, or none.</summary>
    /// <exception cref="InputException">A name or shape is missing, different or too many.</exception>
    public static void Import(Module module, SafeTensors weights, string source)
    {
        (string Name, Tensor Tensor)[] named = [.. NamedTensors(module)];
        foreach (string extra in weights.Arrays.Keys.Except(named.Select(entry => entry.Name)))
        {
            throw new InputException($"{source}: array '{extra}' belongs to another network");
        }

        foreach ((string name, Tensor tensor) in named)
        {
            Shape shape = tensor.Shape;
            if (!weights.Arrays.TryGetValue(name, out WeightArray? array))
            {
                throw new InputException($"{source}: array '{name}' is missing; the weights are of another network");
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
