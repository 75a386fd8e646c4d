using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Tests;

/// <summary>
/// Gradients of functions in every operand, compared with central differences of a loss in double precision.
/// </summary>
public abstract class GradientTest : DeviceTest
{
    private const int Directions = 3;

    // Float32 rounds the outputs at 6e-8 of their size. With a step of 2.4e-4 that is about 1e-3 of the derivative; a
    // wrong sign, factor, tap or border causes an error far above the tolerance of 1e-2.
    private const float Step = 1f / 4096;
    private const double Tolerance = 1e-2;

    /// <summary>
    /// Compares ⟨gradient, d⟩ with (L(x + h d) − L(x − h d)) / 2h for random directions d in each operand in turn, with
    /// L = mean (f(x) − target)². The error is relative to ‖gradient‖, the typical size of ⟨gradient, d⟩.
    /// </summary>
    private protected void Check(Func<Variable[], Variable> function, params Shape[] shapes)
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        Tensor[] operands = [.. shapes.Select(shape => Noise(scope, shape))];
        Variable[] inputs = [.. operands.Select(graph.Input)];
        Variable result = function(inputs);
        Tensor target = Noise(scope, result.Shape);
        graph.Backward(Functional.MeanSquaredError(result, graph.Constant(target)));

        for (int i = 0; i < operands.Length; i++)
        {
            Assert.Equal(shapes[i], inputs[i].Gradient?.Shape);
            float[] gradient = inputs[i].Gradient!.ToArray();
            for (int trial = 0; trial < Directions; trial++)
            {
                (float[] direction, double expected) = Difference(function, operands, i, target.ToArray());
                double actual = Dot(gradient, direction);
                double error = Math.Abs(actual - expected) / Norm(gradient);
                Assert.True(
                    error <= Tolerance, $"operand {i}: ⟨gradient, d⟩ = {actual}, difference {expected}, error {error}");
            }
        }
    }

    /// <summary>Finds a direction in which no output crosses the kink of a ReLU, and the difference along it.</summary>
    private (float[] Direction, double Slope) Difference(
        Func<Variable[], Variable> function, Tensor[] operands, int index, float[] target)
    {
        for (int attempt = 0; attempt < 20; attempt++)
        {
            using var scope = new TensorScope(Device);
            Tensor direction = Noise(scope, operands[index].Shape);
            float[] after = Evaluate(function, operands, index, Step, direction);
            float[] before = Evaluate(function, operands, index, -Step, direction);
            if (after.Zip(before).All(pair => pair.First == 0 == (pair.Second == 0)))
            {
                return (direction.ToArray(), (Loss(after, target) - Loss(before, target)) / (2 * Step));
            }
        }

        throw new InvalidOperationException("every direction crosses a kink: take a smaller step");
    }

    private float[] Evaluate(
        Func<Variable[], Variable> function, Tensor[] operands, int index, float step, Tensor direction)
    {
        using var graph = new Graph(Device);
        using Tensor moved = Device.Allocate(direction.Shape);
        Device.Combine(1, operands[index], step, direction, moved);
        Variable[] inputs = [.. operands.Select((operand, i) => graph.Constant(i == index ? moved : operand))];
        return function(inputs).Data.ToArray();
    }

    private static double Loss(float[] result, float[] target) =>
        result.Zip(target, (a, b) => ((double)a - b) * ((double)a - b)).Average();
}
