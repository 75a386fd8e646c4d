using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

/// <summary>
/// A value in a computation and, after <see cref="Graph.Backward"/>, the gradient of the loss in it. It is created by a
/// <see cref="Graph"/>, which then owns the memory, or is a <see cref="Parameter"/>, which owns its own.
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

    /// <summary>
    /// The gradient of the loss in this value, of the same shape; null if the loss does not depend on it.
    /// </summary>
    public Tensor? Gradient { get; private protected set; }

    /// <summary>Whether a gradient is computed for this value.</summary>
    public bool RequiresGradient { get; }

    /// <summary>The shape of the value.</summary>
    public Shape Shape => Data.Shape;

    internal Graph? Graph { get; }

    /// <summary>
    /// Adds a term to the gradient. <paramref name="compute"/> writes the term to the tensor that it receives.
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
