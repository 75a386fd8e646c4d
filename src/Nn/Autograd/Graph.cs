using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

/// <summary>
/// Records one forward computation for reverse-mode differentiation. The graph owns every intermediate value and
/// gradient; dispose it after the optimizer step.
/// </summary>
/// <param name="device">The device that runs the computation.</param>
/// <param name="group">
/// The processes that compute the same on the other images of a batch; null for none. Statistics of the batch are then those
/// of all its images, and the loss, a mean over images, is that of this process.
/// </param>
public sealed class Graph(Device device, ProcessGroup? group = null) : IDisposable
{
    private readonly TensorScope _scope = new(device);
    private readonly List<Action> _backward = [];

    // For each parameter, the number of operations before the first that uses it.
    private readonly Dictionary<Parameter, int> _firstUses = [];
    private bool _differentiated;

    /// <summary>The device that runs the computation.</summary>
    public Device Device => device;

    /// <summary>The processes that share a batch; a single one by default.</summary>
    public ProcessGroup Group { get; } = group ?? ProcessGroup.Alone;

    /// <summary>Adds a tensor to the computation as a constant. The caller keeps ownership.</summary>
    public Variable Constant(Tensor data) => new(this, data, requiresGradient: false);

    /// <summary>
    /// Adds a tensor to the computation as an input that requires a gradient. The caller keeps ownership.
    /// </summary>
    public Variable Input(Tensor data) => new(this, data, requiresGradient: true);

    /// <summary>Adds a parameter to the computation; its gradient is accumulated in the parameter.</summary>
    public Variable Use(Parameter parameter)
    {
        _firstUses.TryAdd(parameter, _backward.Count);
        return Record(
            parameter.Data, requiresGradient: true,
            gradient => parameter.AccumulateGradient(this, target => device.Copy(gradient, target)));
    }

    /// <summary>
    /// Computes the gradient of a one-element loss in every value that it depends on. A graph can be differentiated
    /// only once: a second pass would add to the gradients of the first. To differentiate several losses, add them.
    /// </summary>
    /// <param name="loss">The loss.</param>
    /// <param name="completed">
    /// Called for each parameter as soon as its gradient is complete, in the same order whenever the computation is the same;
    /// null for nothing.
    /// </param>
    /// <exception cref="ShapeException">The loss has more than one element.</exception>
    /// <exception cref="InvalidOperationException">
    /// The graph was differentiated before, or the loss belongs to another graph.
    /// </exception>
    public void Backward(Variable loss, Action<Parameter>? completed = null)
    {
        if (loss.Shape.Count != 1)
        {
            throw new ShapeException($"backward needs a loss of one element, got {loss.Shape}");
        }

        if (loss.Graph != this)
        {
            throw new InvalidOperationException("the loss belongs to another graph");
        }

        if (_differentiated)
        {
            throw new InvalidOperationException(
                "a graph can be differentiated only once: add the losses, or compute again");
        }

        _differentiated = true;
        loss.AccumulateGradient(this, gradient => device.Fill(1, gradient));
        ILookup<int, Parameter>? parameters = completed is null
            ? null
            : _firstUses.ToLookup(entry => entry.Value, entry => entry.Key);
        for (int i = _backward.Count - 1; i >= 0; i--)
        {
            _backward[i]();
            foreach (Parameter parameter in parameters?[i] ?? [])
            {
                completed!(parameter);
            }
        }
    }

    /// <summary>Frees all intermediate values and gradients.</summary>
    public void Dispose() => _scope.Dispose();

    /// <summary>Returns the graph that the operands belong to.</summary>
    /// <exception cref="InvalidOperationException">
    /// No operand belongs to a graph, or two belong to different graphs.
    /// </exception>
    internal static Graph Of(params ReadOnlySpan<Variable?> operands)
    {
        Graph? graph = null;
        foreach (Variable? operand in operands)
        {
            if (operand?.Graph is not null && graph is not null && operand.Graph != graph)
            {
                throw new InvalidOperationException("the operands belong to different graphs");
            }

            graph ??= operand?.Graph;
        }

        if (graph is null)
        {
            throw new InvalidOperationException(
                "no operand belongs to a graph: add the input with Graph.Constant or Graph.Input");
        }

        foreach (Variable? operand in operands)
        {
            if (operand is Parameter parameter)
            {
                graph._firstUses.TryAdd(parameter, graph._backward.Count);
            }
        }

        return graph;
    }

    internal Tensor Allocate(Shape shape) => _scope.Allocate(shape);

    /// <summary>
    /// Records a result. <paramref name="backward"/> receives its gradient and adds terms to those of the operands. It
    /// is discarded if no operand requires a gradient, and skipped if the result receives none.
    /// </summary>
    internal Variable Record(Tensor result, bool requiresGradient, Action<Tensor> backward)
    {
        var variable = new Variable(this, result, requiresGradient);
        if (requiresGradient)
        {
            _backward.Add(() =>
            {
                if (variable.Gradient is not null)
                {
                    backward(variable.Gradient);
                }
            });
        }

        return variable;
    }
}
