using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Tests;

/// <summary>The convolution and loss functions, in every operand.</summary>
public sealed class FunctionalTests : GradientTest
{
    public static TheoryData<bool, int, Boundary, bool, Activation> Convolutions
    {
        get
        {
            var data = new TheoryData<bool, int, Boundary, bool, Activation>();
            foreach (bool transposed in (bool[])[false, true])
            {
                foreach (int stride in (int[])[1, 2])
                {
                    foreach (Boundary boundary in new[] { Boundary.Zero, Boundary.Periodic })
                    {
                        data.Add(transposed, stride, boundary, false, Activation.None);
                        data.Add(transposed, stride, boundary, true, Activation.None);
                        data.Add(transposed, stride, boundary, false, Activation.Relu);
                        data.Add(transposed, stride, boundary, true, Activation.Relu);
                        data.Add(transposed, stride, boundary, true, Activation.Sigmoid);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Convolutions_differentiate_in_input_weights_and_bias(
        bool transposed, int stride, Boundary boundary, bool withBias, Activation activation)
    {
        // Different padding on each side, and for stride 2 a last row that no kernel reaches.
        var spec = new Conv2dSpec(stride, Top: 1, Left: 2, Bottom: 2, Right: 0, boundary);
        var image = new Shape(2, 3, 6, 7);
        var weights = new Shape(4, 3, 4, 3);
        Shape features = spec.Output(image, weights);
        Shape input = transposed ? features : image;
        var bias = new Shape(1, transposed ? image.C : features.C, 1, 1);

        Check(
            x => transposed
                ? Functional.ConvTranspose2d(x[0], x[1], x.ElementAtOrDefault(2), spec, image, activation)
                : Functional.Conv2d(x[0], x[1], x.ElementAtOrDefault(2), spec, activation),
            withBias ? [input, weights, bias] : [input, weights]);
    }

    [Fact]
    public void A_convolution_of_a_value_with_itself_differentiates_in_both_roles()
    {
        var spec = new Conv2dSpec(1, 2, 2, 2, 2, Boundary.Zero);
        Check(x => Functional.Conv2d(x[0], x[0], null, spec), new Shape(2, 2, 3, 3));
    }

    [Fact]
    public void Relu_differentiates() => Check(x => Functional.Relu(x[0]), new Shape(2, 3, 5, 7));

    [Fact]
    public void LeakyRelu_differentiates() => Check(x => Functional.LeakyRelu(x[0], 0.2f), new Shape(2, 3, 5, 7));

    [Fact]
    public void A_leaky_relu_scales_what_is_not_positive_and_its_gradient()
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        Variable x = graph.Input(scope.Add(Device.Allocate(Shape.Vector(3), [-4, 0, 2])));
        Variable target = graph.Constant(scope.Add(Device.Allocate(Shape.Vector(3), [2, 3, 5])));

        Variable y = Functional.LeakyRelu(x, 0.25f);
        graph.Backward(Functional.MeanSquaredError(y, target));

        Assert.Equal([-1, 0, 2], y.Data.ToArray());
        Assert.Equal([-0.5f, -0.5f, -2], x.Gradient!.ToArray());
    }

    [Fact]
    public void MeanAbsoluteError_differentiates_in_both_operands()
    {
        var shape = new Shape(1, 2, 5, 7);
        Check(x => Functional.MeanAbsoluteError(x[0], x[1]), shape, shape);
    }

    [Fact]
    public void MeanLogSquaredError_differentiates_in_both_operands()
    {
        var shape = new Shape(3, 2, 5, 7);
        Check(x => Functional.MeanLogSquaredError(x[0], x[1], 1e-3f), shape, shape);
    }

    [Fact]
    public void MeanLogSquaredError_is_the_mean_of_each_images_logarithm()
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        var shape = new Shape(2, 1, 1, 2);
        Variable x = graph.Constant(scope.Add(Device.Allocate(shape, [1, 2, 3, 4])));
        Variable target = graph.Constant(scope.Add(Device.Allocate(shape, [1, 4, 0, 8])));
        double expected = (Math.Log(2 + 0.5) + Math.Log(12.5 + 0.5)) / 2;
        Assert.Equal(expected, Functional.MeanLogSquaredError(x, target, 0.5f).Data.ToScalar(), 1e-6);
    }

    [Fact]
    public void Combine_differentiates_in_both_terms()
    {
        var shape = new Shape(1, 3, 5, 7);
        Check(x => Functional.Combine(-0.75f, x[0], 2.5f, x[1]), shape, shape);
    }

    [Fact]
    public void Combine_of_a_value_with_itself_adds_both_terms()
    {
        Check(x => Functional.Combine(-0.75f, x[0], 2.5f, x[0]), new Shape(1, 3, 5, 7));
    }

    [Fact]
    public void Reshape_differentiates()
    {
        Check(x => Functional.Reshape(x[0], new Shape(3, 1, 7, 10)), new Shape(2, 3, 5, 7));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Blur_differentiates(int stride)
    {
        using var scope = new TensorScope(Device);
        Tensor kernel = Noise(scope, Shape.Matrix(4, 3));
        Check(x => Functional.Blur(x[0], kernel, stride), new Shape(2, 2, 6, 12));
    }

    [Fact]
    public void MeanSquaredError_differentiates_in_both_operands()
    {
        var shape = new Shape(1, 2, 5, 7);
        Check(x => Functional.MeanSquaredError(x[0], x[1]), shape, shape);
    }

    [Fact]
    public void MeanSquaredError_is_the_mean_of_squares()
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        Tensor x = scope.Add(Device.Allocate(Shape.Vector(4), [1, 2, 3, 4]));
        Tensor target = scope.Add(Device.Allocate(Shape.Vector(4), [1, 4, 0, 8]));

        Variable loss = Functional.MeanSquaredError(graph.Input(x), graph.Constant(target));

        Assert.Equal(Shape.Scalar, loss.Shape);
        Assert.Equal((4 + 9 + 16) / 4f, loss.Data.ToScalar());
    }

    [Fact]
    public void MeanAbsoluteError_is_the_mean_of_magnitudes_and_its_slope_their_sign()
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        Variable x = graph.Input(scope.Add(Device.Allocate(Shape.Vector(4), [1, 2, 3, 4])));
        Variable target = graph.Input(scope.Add(Device.Allocate(Shape.Vector(4), [1, 4, 0, 8])));

        Variable loss = Functional.MeanAbsoluteError(x, target);
        graph.Backward(Functional.Combine(3, loss, 0, loss));

        Assert.Equal(Shape.Scalar, loss.Shape);
        Assert.Equal((2 + 3 + 4) / 4f, loss.Data.ToScalar());
        Assert.Equal([0, -0.75f, 0.75f, -0.75f], x.Gradient!.ToArray());
        Assert.Equal([0, 0.75f, -0.75f, 0.75f], target.Gradient!.ToArray());
    }

    [Fact]
    public void A_relu_at_zero_passes_no_gradient()
    {
        using var scope = new TensorScope(Device);
        using var graph = new Graph(Device);
        Variable x = graph.Input(scope.Add(Device.Allocate(Shape.Vector(3), [-1, 0, 2])));
        Variable target = graph.Constant(scope.Add(Device.Allocate(Shape.Vector(3), [9, 9, 5])));

        graph.Backward(Functional.MeanSquaredError(Functional.Relu(x), target));

        Assert.Equal([0, 0, -2], x.Gradient!.ToArray());
    }

    [Fact]
    public void Use_passes_the_gradient_on_to_the_parameter()
    {
        using var parameter = new Parameter(Device, new Shape(1, 1, 3, 3));
        using var scope = new TensorScope(Device);
        Tensor values = Noise(scope, parameter.Shape);
        Tensor target = Noise(scope, parameter.Shape);
        Device.Copy(values, parameter.Data);
        using var graph = new Graph(Device);
        Variable input = graph.Input(values);
        Variable used = graph.Use(parameter);

        // The gradient of the input itself is checked above.
        graph.Backward(Functional.Combine(
            1, Functional.MeanSquaredError(Functional.Relu(used), graph.Constant(target)),
            1, Functional.MeanSquaredError(Functional.Relu(input), graph.Constant(target))));

        Assert.Equal(input.Gradient!.ToArray(), parameter.Gradient!.ToArray());
        Assert.Contains(parameter.Gradient!.ToArray(), value => value != 0);
    }
}
