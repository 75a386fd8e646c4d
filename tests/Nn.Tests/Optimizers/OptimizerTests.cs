using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Optimizers;

namespace InfAdmm.Nn.Tests;

public sealed class OptimizerTests : DeviceTest
{
    [Fact]
    public void An_arena_keeps_values_and_gradients_in_the_order_of_the_names()
    {
        using var network = new TiedNetwork(Device, features: 2);
        using var scope = new TensorScope(Device);
        Tensor[] noise = [.. Enumerable.Range(0, 2).Select(_ => Noise(scope, new Shape(1, 2, 3, 3)))];
        Device.Copy(noise[0], network.Weight.Data);
        Device.Copy(noise[1], network.Weight.Gradient!);
        Device.Upload([5, 6], network.Bias.Data);
        Device.Upload([7, 8], network.Bias.Gradient!);

        using var arena = new ParameterArena(Device, network);

        Assert.Equal([.. noise[0].ToArray(), 5, 6], arena.Values.ToArray());
        Assert.Equal([.. noise[1].ToArray(), 7, 8], arena.Gradients.ToArray());
        Assert.Equal(noise[0].ToArray(), network.Weight.Data.ToArray());
        Assert.Equal([7, 8], network.Bias.Gradient!.ToArray());
        Assert.Equal(new Shape(1, 2, 3, 3), network.Weight.Shape);
    }

    [Fact]
    public void Gradients_are_shortened_to_a_norm_and_short_ones_left()
    {
        using var network = new TiedNetwork(Device, features: 2);
        using var arena = new ParameterArena(Device, network);
        Device.Upload([3, 4], network.Bias.Gradient!);

        Assert.Equal(5, arena.ClipGradients(largest: 10), 1e-6);
        Assert.Equal([3, 4], network.Bias.Gradient!.ToArray());
        Assert.Equal(5, arena.ClipGradients(largest: 1), 1e-6);
        Assert.Equal([0.6f, 0.8f], network.Bias.Gradient!.ToArray());
    }

    [Fact]
    public void An_arena_makes_the_parameters_views()
    {
        using var network = new TiedNetwork(Device, features: 2);
        using var arena = new ParameterArena(Device, network);
        Assert.Equal(2, Device.LiveBuffers);

        Device.Fill(3, arena.Values);
        Assert.All(network.Weight.Data.ToArray(), value => Assert.Equal(3, value));
        Device.Upload([1, 2], network.Bias.Data);
        Assert.Equal([3, 1, 2], arena.Values.ToArray()[^3..]);

        Device.Fill(4, network.Weight.Gradient!);
        Assert.Equal([4, 0, 0], arena.Gradients.ToArray()[^3..]);
        arena.ZeroGradients();
        Assert.All(network.Weight.Gradient!.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Gradients_arrive_in_the_arena()
    {
        using var network = new TiedNetwork(Device, features: 2);
        using var arena = new ParameterArena(Device, network);
        using Tensor target = Device.Allocate(new Shape(1, 2, 1, 1), [2, -3]);
        using var graph = new Graph(Device);

        graph.Backward(Functional.MeanSquaredError(graph.Use(network.Bias), graph.Constant(target)));

        Assert.Equal([.. new float[18], -2, 3], arena.Gradients.ToArray());
    }

    [Fact]
    public void Steps_along_one_gradient_move_by_the_learning_rate_against_its_sign()
    {
        // With a constant gradient, both bias-corrected moments are g and g²: each step is −α g / (|g| + ε). A missing
        // bias correction or a step that is not counted changes the step length.
        using var network = new TiedNetwork(Device, features: 1);
        using var arena = new ParameterArena(Device, network);
        using var adam = new Adam(arena, learningRate: 0.5f);
        float[] gradient = [1e-3f, -1e-3f, 1, -1, 2, -30, 1e3f, -1e3f, 4, -5];

        for (int step = 1; step <= 3; step++)
        {
            Device.Upload(gradient, arena.Gradients);
            adam.Step();
            foreach ((float value, float slope) in arena.Values.ToArray().Zip(gradient))
            {
                Assert.Equal(-0.5 * step * Math.Sign(slope), value, 1e-4);
            }
        }

        adam.LearningRate = 0.25f;
        Device.Upload(gradient, arena.Gradients);
        adam.Step();
        Assert.Equal(-1.75, arena.Values.ToArray()[0], 1e-4);
    }

    [Fact]
    public void A_step_sets_the_gradients_to_zero()
    {
        using var network = new TiedNetwork(Device, features: 1);
        using var arena = new ParameterArena(Device, network);
        using var adam = new Adam(arena);
        Device.Fill(2, arena.Gradients);

        adam.Step();

        Assert.All(arena.Gradients.ToArray(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Moments_decay_as_the_optimizer_says()
    {
        // With decay rates β = 0, a step depends only on the last gradient.
        using var network = new TiedNetwork(Device, features: 1);
        using var arena = new ParameterArena(Device, network);
        using var adam = new Adam(arena, learningRate: 1) { Beta1 = 0, Beta2 = 0, Epsilon = 1 };
        Device.Fill(-100, arena.Gradients);
        adam.Step();
        float before = arena.Values.ToArray()[0];
        Device.Fill(3, arena.Gradients);
        adam.Step();

        Assert.Equal(100.0 / 101, before, 1e-5);
        Assert.Equal(before - 3.0 / 4, arena.Values.ToArray()[0], 1e-5);
    }

    /// <summary>Catches decay rates that are exchanged: compared with the formulas of Adam in double precision.</summary>
    [Fact]
    public void Steps_along_changing_gradients_follow_the_formulas()
    {
        using var network = new TiedNetwork(Device, features: 1);
        using var arena = new ParameterArena(Device, network);
        using var adam = new Adam(arena, learningRate: 0.1f);
        double first = 0;
        double second = 0;
        double expected = 0;
        for (int step = 1; step <= 6; step++)
        {
            double slope = step % 3 == 0 ? -7 : 0.5 * step;
            first = 0.9 * first + 0.1 * slope;
            second = 0.999 * second + 0.001 * slope * slope;
            expected -= 0.1 * (first / (1 - Math.Pow(0.9, step)))
                / (Math.Sqrt(second / (1 - Math.Pow(0.999, step))) + 1e-8);
            Device.Fill((float)slope, arena.Gradients);
            adam.Step();
            Assert.Equal(expected, arena.Values.ToArray()[0], 1e-5);
        }
    }

    [Fact]
    public void A_quadratic_is_minimised()
    {
        using var network = new TiedNetwork(Device, features: 4);
        using var arena = new ParameterArena(Device, network);
        using var adam = new Adam(arena, learningRate: 0.05f);
        using var scope = new TensorScope(Device);
        Tensor minimum = Noise(scope, network.Weight.Shape);
        for (int step = 0; step < 600; step++)
        {
            using var graph = new Graph(Device);
            graph.Backward(Functional.MeanSquaredError(graph.Use(network.Weight), graph.Constant(minimum)));
            adam.Step();
        }

        foreach ((float value, float expected) in network.Weight.Data.ToArray().Zip(minimum.ToArray()))
        {
            Assert.Equal(expected, value, 1e-3);
        }

        Assert.Equal(new float[4], network.Bias.Data.ToArray());
    }
}
