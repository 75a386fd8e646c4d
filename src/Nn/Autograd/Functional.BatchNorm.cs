using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

public static partial class Functional
{
    /// <summary>
    /// Batch normalization with the statistics of the batch x, which also update the running statistics:
    /// <see cref="Device.BatchNorm"/>. Weight and bias have shape (1, C, 1, 1). Differentiable in x, weight and bias. If
    /// several processes share a batch (<see cref="Graph.Group"/>), the statistics are those of the whole batch.
    /// </summary>
    public static Variable BatchNorm(
        Variable x, Variable weight, Variable bias, Tensor runningMean, Tensor runningVariance, BatchNormSpec spec,
        Activation activation = Activation.None)
    {
        var graph = Graph.Of(x, weight, bias);
        if (graph.Group.Size > 1)
        {
            return SharedBatchNorm(graph, x, weight, bias, runningMean, runningVariance, spec, activation);
        }

        Tensor y = graph.Allocate(x.Shape);
        Tensor mean = graph.Allocate(weight.Shape);
        Tensor inverseDeviation = graph.Allocate(weight.Shape);
        graph.Device.BatchNorm(
            x.Data, weight.Data, bias.Data, spec, activation, runningMean, runningVariance, mean, inverseDeviation, y);
        return RecordNormalization(
            graph, x, weight, bias, mean, inverseDeviation, activation, fixedStatistics: false, y);
    }

    /// <summary>
    /// Batch normalization with given statistics, which are treated as constants: <see cref="Device.BatchNormFixed"/>.
    /// Differentiable in x, weight and bias.
    /// </summary>
    public static Variable BatchNormFixed(
        Variable x, Variable weight, Variable bias, Tensor mean, Tensor variance, float epsilon,
        Activation activation = Activation.None)
    {
        var graph = Graph.Of(x, weight, bias);
        Tensor y = graph.Allocate(x.Shape);
        Tensor inverseDeviation = graph.Allocate(weight.Shape);
        graph.Device.BatchNormFixed(
            x.Data, weight.Data, bias.Data, epsilon, activation, mean, variance, inverseDeviation, y);

        // The caller may change its statistics before the backward pass runs.
        Tensor meanNow = graph.Allocate(weight.Shape);
        graph.Device.Copy(mean, meanNow);
        return RecordNormalization(
            graph, x, weight, bias, meanNow, inverseDeviation, activation, fixedStatistics: true, y);
    }

    /// <summary>
    /// One op computes all three gradients; the one in x goes to a temporary if x does not require it.
    /// </summary>
    private static Variable RecordNormalization(
        Graph graph, Variable x, Variable weight, Variable bias, Tensor mean, Tensor inverseDeviation,
        Activation activation, bool fixedStatistics, Tensor y)
    {
        return graph.Record(y, AnyRequiresGradient(x, weight, bias), gy =>
        {
            Tensor weightGradient = graph.Allocate(weight.Shape);
            Tensor biasGradient = graph.Allocate(bias.Shape);
            if (x.RequiresGradient)
            {
                x.AccumulateGradient(graph, Differentiate);
            }
            else
            {
                using Tensor unused = graph.Device.Allocate(x.Shape);
                Differentiate(unused);
            }

            weight.AccumulateGradient(graph, target => graph.Device.Copy(weightGradient, target));
            bias.AccumulateGradient(graph, target => graph.Device.Copy(biasGradient, target));

            void Differentiate(Tensor gx) => graph.Device.BatchNormBackward(
                x.Data, y, gy, weight.Data, mean, inverseDeviation, activation, fixedStatistics, gx, weightGradient,
                biasGradient);
        });
    }
}
