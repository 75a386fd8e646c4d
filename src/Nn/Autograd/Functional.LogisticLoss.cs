using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// The mean of −log σ(x) over all logits x if they should be large, of −log(1 − σ(x)) if they should be small, where
    /// σ is the logistic function. Both are computed as log(1 + exp(∓x)), which is finite and has a gradient for every x.
    /// Logits are few, so this happens on the host. The result has one element.
    /// </summary>
    public static Variable LogisticLoss(Variable logits, bool shouldBeLarge)
    {
        var graph = Graph.Of(logits);
        double sign = shouldBeLarge ? -1 : 1;
        float[] values = logits.Data.ToArray();
        Tensor loss = graph.Allocate(Shape.Scalar);
        graph.Device.Upload([(float)values.Average(value => Softplus(sign * value))], loss);
        return graph.Record(loss, logits.RequiresGradient, gradient =>
        {
            double slope = sign * gradient.ToScalar() / values.Length;
            float[] slopes = Array.ConvertAll(values, value => (float)(slope / (1 + Math.Exp(-sign * value))));
            logits.AccumulateGradient(graph, gx => graph.Device.Upload(slopes, gx));
        });
    }

    /// <summary>log(1 + exp(t)).</summary>
    private static double Softplus(double t) => Math.Max(t, 0) + Math.Log(1 + Math.Exp(-Math.Abs(t)));
}
