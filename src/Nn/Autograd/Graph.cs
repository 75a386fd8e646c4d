using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

/// <summary>
/// The record of one forward computation, for reverse-mode differentiation. It owns every intermediate value and
/// gradient: dispose it after the optimizer's step.
/// </summary>
/// <param name="device">Where the computation runs.</param>
public sealed class Graph(Device device) : IDisposable
{
    private readonly TensorScope _scope = new(device);
    private readonly List<Action> _backward = [];
    private bool _differentiated;

    /// <summary>Where the computation runs.</summary>
    public Device Device => device;

    /// <summary>Brings a tensor into the computation as a constant. The caller keeps owning it.</summary>
    public Variable Constant(Tensor data) => new(this, data, requiresGradient: false);

    /// <summary>
    /// Brings a tensor into the computation as a value to differentiate in. The caller keeps owning it.
    /// </summary>
    public Variable Input(Tensor data) => new(this, data, requiresGradient: true);

    /// <summary>Brings a parameter into the computation as an operand; its gradient arrives at the parameter.</summary>
    public Variable Use(Parameter parameter) => Record(
        parameter.Data, requiresGradient: true,
        gradient => parameter.AccumulateGradient(this, target => device.Copy(gradient, target)));

    /// <summary>
    /// Differentiates a one-element value in everything that it was computed from, once: a second pass would find the
    /// gradients of the first in the intermediate values and count them again. Add losses up to differentiate several.
    /// </summary>
    /// <exception cref="ShapeException">The loss has more than one element.</exception>
    /// <exception cref="InvalidOperationException">
    /// The graph was differentiated before, or the loss is of another.
    /// </exception>
    public void Backward(Variable loss)
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
            throw new InvalidOperationException("a graph is differentiated once: add losses up, or compute again");
        }

        _differentiated = true;
        loss.AccumulateGradient(this, gradient => device.Fill(1, gradient));
        for (int i = _backward.Count - 1; i >= 0; i--)
        {
            _backward[i]();
        }
    }

    /// <summary>Frees all intermediate values and gradients.</summary>
    public void Dispose() => _scope.Dispose();

    /// <summary>The graph that a set of operands belongs to.</summary>
    /// <exception cref="InvalidOperationException">None of them, or two different ones.</exception>
    internal static Graph Of(params ReadOnlySpan<Variable?> operands)
    {
        Graph? graph = null;
        foreach (Variable? operand in operands)
        {
            if (operand?.Graph is not null && graph is not null && operand.Graph != graph)
            {
                throw new InvalidOperationException("the operands belong to two graphs");
            }

            graph ??= operand?.Graph;
        }

        return graph ?? throw new InvalidOperationException(
            "no operand belongs to a graph: bring the input in by Graph.Constant or Graph.Input");
    }

    internal Tensor Allocate(Shape shape) => _scope.Allocate(shape);

    /// <summary>
    /// Records a result. <paramref name="backward"/> receives its gradient and passes terms to the operands; it is
    /// dropped if no operand requires a gradient, and skipped if none arrives.
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
