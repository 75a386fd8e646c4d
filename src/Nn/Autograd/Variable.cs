using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

/// <summary>
/// A value in a computation and, once <see cref="Graph.Backward"/> ran, the gradient of the loss in it. Made by a
/// <see cref="Graph"/>, which owns the memory, or as a <see cref="Parameter"/>, which owns its own.
/// </summary>
public class Variable
{
    internal Variable(Graph? graph, Tensor data, bool requiresGradient)
    {
        Graph = graph;
        Data = data;
        RequiresGradient = requiresGradient;
    }

    /// <summary>The value.</summary>
    public Tensor Data { get; private protected set; }

    /// <summary>The gradient of the loss in this value, of the same shape; null where none arrived.</summary>
    public Tensor? Gradient { get; private protected set; }

    /// <summary>True if the loss is to be differentiated through this value.</summary>
    public bool RequiresGradient { get; }

    /// <summary>The extents of the value.</summary>
    public Shape Shape => Data.Shape;

    internal Graph? Graph { get; }

    /// <summary>
    /// Adds a term to the gradient: <paramref name="compute"/> writes it to the tensor that it is given.
    /// </summary>
    internal void AccumulateGradient(Graph graph, Action<Tensor> compute)
    {
        if (!RequiresGradient)
        {
            return;
        }

        if (Gradient is null)
        {
            Gradient = graph.Allocate(Shape);
            compute(Gradient);
            return;
        }

        using Tensor term = graph.Device.Allocate(Shape);
        compute(term);
        graph.Device.Combine(1, Gradient, 1, term, Gradient);
    }
}
