using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>Networks planned as one graph, compared with the same networks run op by op.</summary>
public sealed class InferencePlanTests
{
    private const double Tolerance = 1e-5;

    private static readonly Dictionary<string, Func<NetworkNode>> Builders = new()
    {
        ["conditional denoiser"] = Denoiser,
        ["periodic"] = () => Layer(Layer(Input(9, 8, 6), 17, 3, Boundary.Periodic), 5, 4, Boundary.Periodic),
        ["a value joined with itself"] = JoinedTwice,
        ["transposed"] = () => Transposed(Transposed(Layer(Input(9, 4, 6), 9, 3), 11, 3), 4, 4),
        ["an unshuffled join"] = () => Layer(Input(4, 8, 6), 9, 3).Concat(Input(4, 8, 6, 1)).PixelUnshuffle(2),
        ["nothing but an input"] = () => Input(4, 8, 6),
    };

    public static TheoryData<string, bool, CudaPrecision> Networks
    {
        get
        {
            var data = new TheoryData<string, bool, CudaPrecision>();
            foreach (string name in Builders.Keys)
            {
                data.Add(name, true, CudaPrecision.Fp32);
                data.Add(name, false, CudaPrecision.Fp32);
                data.Add(name, true, CudaPrecision.Fp16);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_plan_computes_what_the_ops_do(string name, bool useLibraries, CudaPrecision precision)
    {
        using CudaDevice device = Gpu.Create(new CudaOptions { UseLibraries = useLibraries, Precision = precision });
        NetworkNode network = Builders[name]();
        using (InferencePlan plan = device.Compile(network))
        using (var reference = new OpByOpPlan(device, network))
        using (var scope = new TensorScope(device))
        {
            Assert.StartsWith("one CUDA graph", plan.Description, StringComparison.Ordinal);
            Tensor[] inputs = Inputs(scope, plan);
            Tensor expected = scope.Allocate(plan.OutputShape);
            Tensor actual = scope.Allocate(plan.OutputShape);
            reference.Run(inputs, expected);
            for (int run = 0; run < 2; run++)
            {
                device.Fill(float.NaN, actual);
                plan.Run(inputs, actual);
                AssertClose(expected.ToArray(), actual.ToArray());
            }

            device.Fill(float.NaN, actual);
            using Recording recording = device.Record(() => plan.Run(inputs, actual));
            recording.Launch();
            AssertClose(expected.ToArray(), actual.ToArray());
        }

        Assert.Equal(0, device.LiveBuffers);
    }

    [Fact]
    public void A_second_run_is_one_launch_and_allocates_nothing()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using InferencePlan plan = device.Compile(Denoiser());
        using var scope = new TensorScope(device);
        Tensor[] inputs = Inputs(scope, plan);
        Tensor output = scope.Allocate(plan.OutputShape);
        plan.Run(inputs, output);
        long launches = StandIn.Count("cuGraphLaunch");
        long kernels = StandIn.Count("cuLaunchKernel");
        plan.Run(inputs, output);
        Assert.Equal(launches + 1, StandIn.Count("cuGraphLaunch"));
        Assert.Equal(kernels, StandIn.Count("cuLaunchKernel"));
        Allocations.AssertNone(() => plan.Run(inputs, output));
    }

    [Fact]
    public void Graphs_of_many_tensors_are_not_all_kept()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using InferencePlan plan = device.Compile(Denoiser());
        using var scope = new TensorScope(device);
        Tensor[] inputs = Inputs(scope, plan);
        var outputs = new Tensor[12];
        long handles = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = scope.Allocate(plan.OutputShape);
            plan.Run(inputs, outputs[i]);
            handles = i == 7 ? StandIn.LiveHandles : handles;
        }

        Assert.Equal(handles, StandIn.LiveHandles);
        Assert.All(outputs, output => Assert.Equal(outputs[0].ToArray(), output.ToArray()));
    }

    private static Tensor[] Inputs(TensorScope scope, InferencePlan plan)
    {
        Tensor[] inputs = [.. plan.InputShapes.Select(scope.Allocate)];
        for (int i = 0; i < inputs.Length; i++)
        {
            scope.Device.FillNormal(11, (ulong)i, inputs[i]);
        }

        return inputs;
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        float scale = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= Tolerance * scale));
    }

    private static InputNode Input(int channels, int height, int width, int index = 0) =>
        NetworkNode.Input(new Shape(2, channels, height, width), index);

    private static PixelShuffleNode Denoiser()
    {
        NetworkNode x = Input(3, 20, 24).PixelUnshuffle(4);
        x = Layer(Layer(x, 24, 4), 16, 4).Concat(Input(3, 5, 6, 1));
        return Layer(Layer(x, 20, 3), 48, 4).PixelShuffle(4);
    }

    private static ConvolutionNode JoinedTwice()
    {
        ConvolutionNode x = Layer(Input(9, 8, 6), 9, 3);
        return Layer(x.Concat(x), 12, 3);
    }

    private static ConvolutionNode Layer(NetworkNode x, int channels, int taps, Boundary boundary = Boundary.Zero)
    {
        var shape = new Shape(channels, x.Shape.C, taps, taps);
        var weights = new ConvolutionWeights(shape, Ramp((int)shape.Count));
        return x.Conv2d(weights, Conv2dSpec.Same(x.Shape, taps, taps, 1, boundary), Activation.Relu);
    }

    private static ConvolutionNode Transposed(NetworkNode x, int channels, int taps)
    {
        Shape output = x.Shape.Upsampled(2) with { C = channels };
        var shape = new Shape(x.Shape.C, channels, taps, taps);
        var weights = new ConvolutionWeights(shape, Ramp((int)shape.Count), Ramp(channels));
        return x.ConvTranspose2d(weights, Conv2dSpec.Same(output, taps, taps, 2), output, Activation.Sigmoid);
    }

    private static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (i * 7 % 13 - 6) / 40f)];
}
