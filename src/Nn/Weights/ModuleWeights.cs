using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Weights;

/// <summary>Moves the parameters of a module to and from weights files.</summary>
public static class ModuleWeights
{
    /// <summary>Takes a copy of all parameters under their names, all of rank 4.</summary>
    public static SafeTensors Export(Module module, IReadOnlyDictionary<string, string> metadata)
    {
        var arrays = new Dictionary<string, WeightArray>();
        foreach ((string name, Parameter parameter) in module.NamedParameters())
        {
            Shape shape = parameter.Shape;
            arrays[name] = new WeightArray([shape.N, shape.C, shape.H, shape.W], parameter.Data.ToArray());
        }

        return new SafeTensors(arrays, metadata);
    }

    /// <summary>Sets all parameters from a file that has exactly their names and shapes, or none.</summary>
    /// <exception cref="InputException">A name or shape is missing, different or too many.</exception>
    public static void Import(Module module, SafeTensors weights, string source)
    {
        IReadOnlyList<(string Name, Parameter Parameter)> named = module.NamedParameters();
        foreach (string extra in weights.Arrays.Keys.Except(named.Select(entry => entry.Name)))
        {
            throw new InputException($"{source}: array '{extra}' belongs to another network");
        }

        foreach ((string name, Parameter parameter) in named)
        {
            Shape shape = parameter.Shape;
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

        foreach ((string name, Parameter parameter) in named)
        {
            parameter.Data.Device.Upload(weights.Arrays[name].Values, parameter.Data);
        }
    }
}
