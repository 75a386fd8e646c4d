using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Tests;

public sealed class GraphTests : DeviceTest
{
    [Fact]
    public void A_value_used_twice_gets_the_sum_of_both_terms()
    {
        using Tensor two = Device.Allocate(Shape.Scalar, [2]);
        using Tensor zero = Device.AllocateZeros(Shape.Scalar);
        using var graph = new Graph(Device);
        Variable x = graph.Input(two);
        Variable target = graph.Constant(zero);

        // x² + (3x)², by two paths: the slope is 20x.
        Variable square = Functional.MeanSquaredError(x, target);
        Variable tripled = Functional.MeanSquaredError(Functional.Combine(3, x, 0, target), target);
        graph.Backward(Functional.Combine(1, square, 1, tripled));

        Assert.Equal(40, x.Gradient!.ToScalar());
    }

    [Fact]
    public void A_parameter_gathers_gradients_over_graphs_until_they_are_zeroed()
    {
        using var parameter = new Parameter(Device, Shape.Vector(3));
        using Tensor target = Device.Allocate(Shape.Vector(3), [3, -6, 9]);
        for (int pass = 1; pass <= 2; pass++)
        {
            using var graph = new Graph(Device);
            graph.Backward(Functional.MeanSquaredError(graph.Use(parameter), graph.Constant(target)));
            Assert.Equal([-2 * pass, 4 * pass, -6 * pass], parameter.Gradient!.ToArray());
        }
    }

    [Fact]
    public void A_constant_gets_no_gradient()
    {
        using Tensor data = Device.Allocate(Shape.Vector(2), [1, 2]);
        using var graph = new Graph(Device);
        Variable constant = graph.Constant(data);
        Variable derived = Functional.Relu(constant);
        Variable input = graph.Input(data);

        graph.Backward(Functional.MeanSquaredError(Functional.Combine(2, derived, 1, input), constant));

        Assert.Null(constant.Gradient);
        Assert.Null(derived.Gradient);
        Assert.False(derived.RequiresGradient);
        Assert.NotNull(input.Gradient);
    }

    [Fact]
    public void A_branch_that_the_loss_does_not_use_gets_no_gradient()
    {
        using Tensor data = Device.Allocate(Shape.Vector(2), [1, 2]);
        using var graph = new Graph(Device);
        Variable used = graph.Input(data);
        Variable unused = graph.Input(data);
        Functional.Relu(unused);

        graph.Backward(Functional.MeanSquaredError(used, graph.Constant(data)));

        Assert.Null(unused.Gradient);
    }

    [Fact]
    public void Backward_refuses_a_loss_of_more_than_one_element()
    {
        using Tensor data = Device.AllocateZeros(new Shape(1, 1, 2, 3));
        using var graph = new Graph(Device);
        Variable x = Functional.Relu(graph.Input(data));

        ShapeException refusal = Assert.Throws<ShapeException>(() => graph.Backward(x));

        Assert.Contains("(1, 1, 2, 3)", refusal.Message);
    }

    [Fact]
    public void Backward_refuses_a_second_pass_which_would_count_the_first_again()
    {
        using Tensor data = Device.AllocateZeros(Shape.Scalar);
        using var graph = new Graph(Device);
        Variable loss = Functional.Relu(graph.Input(data));
        graph.Backward(loss);

        Assert.Throws<InvalidOperationException>(() => graph.Backward(loss));
    }

    [Fact]
    public void Backward_refuses_the_loss_of_another_graph()
    {
        using Tensor data = Device.AllocateZeros(Shape.Scalar);
        using var graph = new Graph(Device);
        using var other = new Graph(Device);

        Assert.Throws<InvalidOperationException>(() => graph.Backward(Functional.Relu(other.Input(data))));
    }

    [Fact]
    public void Operands_of_two_graphs_or_of_none_are_refused()
    {
        using Tensor data = Device.AllocateZeros(Shape.Vector(2));
        using var parameter = new Parameter(Device, Shape.Vector(2));
        using var graph = new Graph(Device);
        using var other = new Graph(Device);
        Variable x = graph.Input(data);

        Assert.Throws<InvalidOperationException>(() => Functional.Combine(1, x, 1, other.Input(data)));
        Assert.Throws<InvalidOperationException>(() => Functional.MeanSquaredError(x, other.Constant(data)));
        Assert.Throws<InvalidOperationException>(() => Functional.Relu(parameter));
    }

    [Fact]
    public void Sums_and_losses_need_equal_shapes()
    {
        using Tensor data = Device.AllocateZeros(Shape.Matrix(2, 3));
        using var graph = new Graph(Device);
        Variable x = graph.Input(data);
        Variable turned = Functional.Reshape(x, Shape.Matrix(3, 2));

        Assert.Throws<ShapeException>(() => Functional.Combine(1, x, 1, turned));
        ShapeException refusal = Assert.Throws<ShapeException>(() => Functional.MeanSquaredError(x, turned));
        Assert.Contains("(1, 1, 2, 3)", refusal.Message);
        Assert.Contains("(1, 1, 3, 2)", refusal.Message);
    }

    [Fact]
    public void A_graph_frees_its_values_and_leaves_those_of_its_caller()
    {
        using Tensor data = Device.Allocate(Shape.Vector(2), [1, -2]);
        using (var graph = new Graph(Device))
        {
            Variable x = graph.Input(data);
            graph.Backward(Functional.MeanSquaredError(Functional.Relu(x), x));
            Assert.True(Device.LiveBuffers > 1);
        }

        Assert.Equal(1, Device.LiveBuffers);
        Assert.Equal([1, -2], data.ToArray());
    }
}
