using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>A module that is a function of one value: a layer, or a network of layers.</summary>
public abstract class Layer : Module
{
    /// <summary>Computes the output for an input that belongs to a graph.</summary>
    public abstract Variable Forward(Variable x);

    /// <summary>
    /// The same function as <see cref="Forward"/> in use (<see cref="Module.Eval"/>) as a network value, with a copy of
    /// the current weights: to compile, or to export.
    /// </summary>
    /// <exception cref="NotSupportedException">The layer has no form as a network value.</exception>
    public virtual NetworkNode Trace(NetworkNode x) =>
        throw new NotSupportedException($"{GetType().Name} has no form as a network value of one input");
}
