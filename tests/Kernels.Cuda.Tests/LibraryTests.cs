using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Convolutions;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>The use of cuDNN, cuBLAS and cuFFT: errors, recordings, devices without them.</summary>
public sealed class LibraryTests
{
    private static readonly Shape Image = new(1, 24, 9, 11);
    private static readonly Shape Weights = new(20, 24, 4, 4);

    [Fact]
    public void A_failing_call_is_named_with_the_librarys_text()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using var layer = new Layer(device);
        layer.Run();
        StandIn.FailNext("cudnnConvolutionBiasActivationForward", 5000);
        DeviceException error = Assert.Throws<DeviceException>(layer.Run);
        Assert.Contains("CUDNN_STATUS_EXECUTION_FAILED (5000)", error.Message, StringComparison.Ordinal);
        layer.Run();
    }

    [Fact]
    public void A_failing_product_is_named_with_the_librarys_text()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using Tensor a = device.AllocateZeros(Shape.Matrix(3, 3));
        using Tensor product = device.AllocateZeros(Shape.Matrix(3, 3));
        StandIn.FailNext("cublasGemmEx", 13);
        DeviceException error = Assert.Throws<DeviceException>(() => device.MatMul(a, a, product));
        Assert.Contains("the GPU program failed to execute (13)", error.Message, StringComparison.Ordinal);
        device.MatMul(a, a, product);
    }

    [Fact]
    public void What_cuDNN_does_not_fuse_takes_another_pass()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using var layer = new Layer(device);
        float[] separate;
        using (StandIn.With("fuses", 0, before: 1))
        {
            separate = layer.Run();
        }

        long fused = StandIn.Count("cudnnConvolutionBiasActivationForward");
        Assert.Equal(separate, layer.Run());
        Assert.Equal(fused, StandIn.Count("cudnnConvolutionBiasActivationForward"));
        using CudaDevice other = Gpu.Create();
        using var fusedLayer = new Layer(other);
        fusedLayer.Run();
        fused = StandIn.Count("cudnnConvolutionBiasActivationForward");
        float[] together = fusedLayer.Run();
        Assert.Equal(fused + 1, StandIn.Count("cudnnConvolutionBiasActivationForward"));

        // The sum is rounded once instead of twice.
        double tolerance = 1e-6 * separate.Max();
        Assert.All(separate.Zip(together), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    [Fact]
    public void An_algorithm_that_refuses_gives_way_to_the_next()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using var layer = new Layer(device);
        StandIn.FailNext("cudnnConvolutionBiasActivationForward", 3000);
        StandIn.FailNext("cudnnConvolutionForward", 3000);
        float[] second = layer.Run();
        using CudaDevice other = Gpu.Create();
        using var firstLayer = new Layer(other);
        float[] first = firstLayer.Run();
        double tolerance = 1e-6 * first.Max();
        Assert.All(first.Zip(second), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void The_fastest_algorithm_is_chosen(int slow, int chosen)
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using IDisposable setting = StandIn.With("slow_algorithm", slow, before: -1);
        using var layer = new Layer(device);
        layer.Run();
        Assert.Equal(chosen, layer.Plan.Algorithm.Number);
    }

    [Fact]
    public void Where_no_algorithm_serves_the_hand_written_kernels_do()
    {
        using CudaDevice own = Gpu.Create(new CudaOptions { UseLibraries = false });
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using IDisposable none = StandIn.With("deterministic_gradients", 0, before: 1);
        using var layer = new Layer(device);
        using var other = new Layer(own);
        long called = StandIn.Count("cudnnConvolutionBackwardData") + StandIn.Count("cudnnConvolutionBackwardFilter");
        Assert.Equal(other.Gradients(), layer.Gradients());
        Assert.Equal(
            called, StandIn.Count("cudnnConvolutionBackwardData") + StandIn.Count("cudnnConvolutionBackwardFilter"));
    }

    [Fact]
    public void An_algorithm_that_needs_too_much_memory_is_not_tried()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using IDisposable much = StandIn.With("more_workspace", 600L << 20, before: 0);
        using IDisposable slow = StandIn.With("slow_algorithm", 0, before: -1);
        using var layer = new Layer(device);
        layer.Run();
        Assert.Equal(0, layer.Plan.Algorithm.Number);
    }

    [Fact]
    public void A_plan_takes_memory_for_its_workspace_alone()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using var layer = new Layer(device);
        layer.Run();
        Assert.InRange(layer.Plan.ScratchBytes, 0, 8192);
    }

    [Fact]
    public void A_ReLU_without_a_bias_is_fused()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using var layer = new Layer(device, bias: false);
        layer.Run();
        long fused = StandIn.Count("cudnnConvolutionBiasActivationForward");
        float[] together = layer.Run();
        Assert.Equal(fused + 1, StandIn.Count("cudnnConvolutionBiasActivationForward"));
        using CudaDevice own = Gpu.Create(new CudaOptions { UseLibraries = false });
        using var other = new Layer(own, bias: false);
        float[] expected = other.Run();
        double tolerance = 1e-6 * expected.Max();
        Assert.Contains(0f, expected);
        Assert.All(expected.Zip(together), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    [Fact]
    public void Recorded_work_may_be_the_first_to_need_a_plan()
    {
        using CudaDevice device = Gpu.Create();
        using var layer = new Layer(device);
        using Recording recording = device.Record(() => layer.Run(download: false));
        recording.Launch();
        float[] recorded = layer.Result();
        Assert.Equal(layer.Run(), recorded);
    }

    [Fact]
    public void A_plan_is_made_once_for_a_shape()
    {
        using CudaDevice device = Gpu.Create();
        StandIn.Require();
        using var layer = new Layer(device);
        layer.Run();
        long asked = StandIn.Count("cudnnGetConvolutionForwardAlgorithm_v7");
        layer.Run();
        Assert.Equal(asked, StandIn.Count("cudnnGetConvolutionForwardAlgorithm_v7"));
    }

    [Fact]
    public void Without_libraries_none_is_called()
    {
        using CudaDevice device = Gpu.Create(new CudaOptions { UseLibraries = false });
        StandIn.Require();
        long before = StandIn.Count("cudnnCreate");
        using var layer = new Layer(device);
        layer.Run();
        Assert.Equal(before, StandIn.Count("cudnnCreate"));
        Assert.Contains("no libraries", device.Libraries, StringComparison.Ordinal);
    }

    /// <summary>A convolution with bias and ReLU and asymmetric padding.</summary>
    private sealed class Layer : IDisposable
    {
        private readonly TensorScope _scope;
        private readonly Tensor _x;
        private readonly Tensor _weights;
        private readonly Tensor? _bias;
        private readonly Tensor _y;
        private readonly Conv2dSpec _spec = Conv2dSpec.Same(Image, Weights.H, Weights.W);

        public Layer(CudaDevice device, bool bias = true)
        {
            _scope = new TensorScope(device);
            _x = Noise(Image, 1);
            _weights = Noise(Weights, 2);
            _bias = bias ? Noise(new Shape(1, Weights.N, 1, 1), 3) : null;
            _y = _scope.Allocate(_spec.Output(Image, Weights));
        }

        public float[] Run() => Run(download: true);

        public float[] Run(bool download)
        {
            _scope.Device.Conv2d(_x, _weights, _bias, _spec, Activation.Relu, _y);
            return download ? Result() : [];
        }

        public float[] Result() => _y.ToArray();

        public ForwardConvolution Plan => ((CudaDevice)_scope.Device).PlanForward(
            Image, Weights, _bias is not null, _spec, Activation.Relu, aligned: true)!;

        public float[] Gradients()
        {
            Tensor gy = Noise(_y.Shape, 4);
            Tensor gx = _scope.Allocate(Image);
            Tensor gw = _scope.Allocate(Weights);
            _scope.Device.Conv2dBackwardInput(gy, _weights, null, _spec, Activation.None, gx);
            _scope.Device.Conv2dBackwardWeights(_x, gy, _spec, gw);
            return [.. gx.ToArray(), .. gw.ToArray()];
        }

        public void Dispose() => _scope.Dispose();

        private Tensor Noise(Shape shape, ulong stream)
        {
            Tensor tensor = _scope.Allocate(shape);
            _scope.Device.FillNormal(7, stream, tensor);
            return tensor;
        }
    }
}
