using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>A module that is a function of one value: a single layer, or a network of layers.</summary>
public abstract class Layer : Module
{
    /// <summary>Computes the output for an input that belongs to a graph.</summary>
    public abstract Variable Forward(Variable x);

    /// <summary>
    /// Returns the function of <see cref="Forward"/> in evaluation mode (<see cref="Module.Eval"/>) as a network
    /// description with a copy of the current weights, to compile or to export.
    /// </summary>
    /// <exception cref="NotSupportedException">
    /// The layer cannot be described as a <see cref="NetworkNode"/> of one input.
    /// </exception>
    public virtual NetworkNode Trace(NetworkNode x) =>
        throw new NotSupportedException($"{GetType().Name} cannot be described as a network of one input");
}
