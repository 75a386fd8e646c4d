using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

/// <summary>Differentiable functions, one per file. A result belongs to the graph of its operands.</summary>
public static partial class Functional
{
    /// <summary>Convolution with optional bias and activation: <see cref="Device.Conv2d"/>.</summary>
    public static Variable Conv2d(
        Variable x, Variable weights, Variable? bias, Conv2dSpec spec, Activation activation = Activation.None)
    {
        var graph = Graph.Of(x, weights, bias);
        Tensor y = graph.Allocate(spec.Output(x.Shape, weights.Shape));
        graph.Device.Conv2d(x.Data, weights.Data, bias?.Data, spec, activation, y);
        return graph.Record(y, AnyRequiresGradient(x, weights, bias), gy =>
        {
            Gate(graph, activation, y, gy);
            x.AccumulateGradient(
                graph, gx => graph.Device.Conv2dBackwardInput(gy, weights.Data, null, spec, Activation.None, gx));
            weights.AccumulateGradient(graph, gw => graph.Device.Conv2dBackwardWeights(x.Data, gy, spec, gw));
            bias?.AccumulateGradient(graph, gb => graph.Device.Conv2dBackwardBias(gy, gb));
        });
    }

    /// <summary>
    /// Transposed convolution: the adjoint of the convolution with the same weights (Cin, Cout, Kh, Kw), so that one
    /// weight tensor can be shared by both. <paramref name="outputShape"/> is an input shape of that convolution.
    /// </summary>
    public static Variable ConvTranspose2d(
        Variable x, Variable weights, Variable? bias, Conv2dSpec spec, Shape outputShape,
        Activation activation = Activation.None)
    {
        var graph = Graph.Of(x, weights, bias);
        Tensor y = graph.Allocate(outputShape);
        graph.Device.Conv2dBackwardInput(x.Data, weights.Data, bias?.Data, spec, activation, y);
        return graph.Record(y, AnyRequiresGradient(x, weights, bias), gy =>
        {
            Gate(graph, activation, y, gy);
            x.AccumulateGradient(
                graph, gx => graph.Device.Conv2d(gy, weights.Data, null, spec, Activation.None, gx));
            weights.AccumulateGradient(graph, gw => graph.Device.Conv2dBackwardWeights(gy, x.Data, spec, gw));
            bias?.AccumulateGradient(graph, gb => graph.Device.Conv2dBackwardBias(gy, gb));
        });
    }

    /// <summary>
    /// Converts the gradient in the output of a fused activation into the gradient in its input, in place.
    /// </summary>
    private static void Gate(Graph graph, Activation activation, Tensor y, Tensor gy)
    {
        if (activation == Activation.Relu)
        {
            graph.Device.ReluBackward(y, gy, gy);
        }
        else if (activation == Activation.Sigmoid)
        {
            graph.Device.SigmoidBackward(y, gy, gy);
        }
    }

    private static bool AnyRequiresGradient(params ReadOnlySpan<Variable?> operands)
    {
        foreach (Variable? operand in operands)
        {
            if (operand is { RequiresGradient: true })
            {
                return true;
            }
        }

        return false;
    }

    private static void CheckSameShape(Variable a, Variable b, string function)
    {
        if (a.Shape != b.Shape)
        {
            throw new ShapeException($"{function}: {a.Shape} and {b.Shape} differ");
        }
    }
}
