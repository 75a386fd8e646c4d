using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Tests;

/// <summary>The functions in the paper's networks other than convolutions, in every operand.</summary>
public sealed class NetworkFunctionTests : GradientTest
{
    [Fact]
    public void Sigmoid_differentiates() => Check(x => Functional.Sigmoid(x[0]), new Shape(2, 3, 5, 7));

    [Theory]
    [InlineData(Activation.None)]
    [InlineData(Activation.Relu)]
    public void BatchNorm_differentiates_in_input_weight_and_bias(Activation activation)
    {
        using var scope = new TensorScope(Device);
        var channels = new Shape(1, 3, 1, 1);
        Tensor mean = Noise(scope, channels);
        Tensor variance = Noise(scope, channels);
        var spec = new BatchNormSpec(0.1f, 0.1f);
        Check(
            x => Functional.BatchNorm(x[0], x[1], x[2], mean, variance, spec, activation), new Shape(2, 3, 5, 7),
            channels, channels);
    }

    [Theory]
    [InlineData(Activation.None)]
    [InlineData(Activation.Relu)]
    public void BatchNorm_with_fixed_statistics_differentiates_in_input_weight_and_bias(Activation activation)
    {
        using var scope = new TensorScope(Device);
        var channels = new Shape(1, 3, 1, 1);
        Tensor mean = Noise(scope, channels);
        Tensor variance = scope.Add(Device.Allocate(channels, [0.5f, 1, 2]));
        Check(
            x => Functional.BatchNormFixed(x[0], x[1], x[2], mean, variance, 0.1f, activation), new Shape(2, 3, 5, 7),
            channels, channels);
    }

    [Fact]
    public void BatchNorm_of_a_constant_differentiates_in_weight_and_bias_as_of_any_value()
    {
        using var scope = new TensorScope(Device);
        Tensor x = Noise(scope, new Shape(2, 3, 5, 7));
        Tensor target = Noise(scope, x.Shape);
        Tensor[] channels = [.. Enumerable.Range(0, 4).Select(_ => Noise(scope, new Shape(1, 3, 1, 1)))];

        Assert.Equal(Gradients(constant: false), Gradients(constant: true));

        float[][] Gradients(bool constant)
        {
            using var graph = new Graph(Device);
            Variable weight = graph.Input(channels[0]);
            Variable bias = graph.Input(channels[1]);
            Variable y = Functional.BatchNorm(
                constant ? graph.Constant(x) : graph.Input(x), weight, bias, channels[2], channels[3], new(0.1f, 0.1f));
            graph.Backward(Functional.MeanSquaredError(y, graph.Constant(target)));
            return [weight.Gradient!.ToArray(), bias.Gradient!.ToArray()];
        }
    }

    [Theory]
    [InlineData(3, 2, 1)]
    [InlineData(2, 2, 0)]
    public void MaxPool_differentiates(int size, int stride, int padding) =>
        Check(x => Functional.MaxPool2d(x[0], new PoolSpec(size, stride, padding)), new Shape(2, 3, 9, 8));

    /// <summary>Catches a loss or a gradient that overflows, or that vanishes where the answer is wrong.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Logistic_loss_differentiates_and_stands_any_logit(bool shouldBeLarge)
    {
        Check(x => Functional.LogisticLoss(x[0], shouldBeLarge), new Shape(3, 1, 2, 2));
        foreach (float logit in (float[])[-1e30f, -200, 0, 200, 1e30f])
        {
            using var scope = new TensorScope(Device);
            using var graph = new Graph(Device);
            Variable x = graph.Input(scope.Add(Device.Allocate(Shape.Scalar, [logit])));
            Variable loss = Functional.LogisticLoss(x, shouldBeLarge);
            graph.Backward(loss);
            double wrong = shouldBeLarge ? -logit : logit;
            double expected = wrong > 100 ? wrong : Math.Log(1 + Math.Exp(wrong));
            Assert.Equal(expected, loss.Data.ToScalar(), 1e-6 * Math.Max(1, expected));
            double slope = (shouldBeLarge ? -1 : 1) / (1 + Math.Exp(-wrong));
            Assert.Equal(slope, x.Gradient!.ToScalar(), 1e-6);
        }
    }

    [Fact]
    public void Concat_differentiates_in_both_parts()
    {
        Check(x => Functional.Concat(x[0], x[1]), new Shape(2, 3, 5, 7), new Shape(2, 1, 5, 7));
    }

    [Fact]
    public void Concat_of_a_value_with_itself_adds_both_terms()
    {
        Check(x => Functional.Concat(x[0], x[0]), new Shape(2, 3, 5, 7));
    }

    [Fact]
    public void PixelShuffle_differentiates()
    {
        Check(x => Functional.PixelShuffle(x[0], 3), new Shape(2, 18, 5, 2));
    }

    [Fact]
    public void PixelUnshuffle_differentiates()
    {
        Check(x => Functional.PixelUnshuffle(x[0], 3), new Shape(2, 2, 15, 6));
    }

    [Fact]
    public void MeanAbsoluteError_differentiates_in_both_operands()
    {
        var shape = new Shape(1, 2, 5, 7);
        Check(x => Functional.MeanAbsoluteError(x[0], x[1]), shape, shape);
    }

    [Fact]
    public void Values_that_cannot_be_joined_or_shuffled_are_refused()
    {
        using Tensor data = Device.AllocateZeros(new Shape(1, 6, 4, 6));
        using Tensor other = Device.AllocateZeros(new Shape(1, 6, 6, 4));
        using var graph = new Graph(Device);
        Variable x = graph.Input(data);

        Assert.Throws<ShapeException>(() => Functional.Concat(x, graph.Input(other)));
        Assert.Throws<ShapeException>(() => Functional.PixelShuffle(x, 2));
        Assert.Throws<ShapeException>(() => Functional.PixelUnshuffle(x, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Functional.PixelShuffle(x, 0));
    }
}
