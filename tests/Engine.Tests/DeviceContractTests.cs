using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Engine.Tests;

/// <summary>Invalid calls that every device rejects before they reach a backend.</summary>
public sealed class DeviceContractTests : IDisposable
{
    private readonly CpuDevice _device = CpuDevice.Create(threads: 1);
    private readonly CpuDevice _other = CpuDevice.Create(threads: 1);

    public void Dispose()
    {
        Assert.Equal(0, _device.LiveBuffers);
        Assert.Equal(0, _other.LiveBuffers);
        _device.Dispose();
        _other.Dispose();
    }

    [Fact]
    public void Tensors_of_another_device_are_refused()
    {
        using Tensor own = _device.Allocate(Shape.Vector(4));
        using Tensor foreign = _other.Allocate(Shape.Vector(4));
        Assert.Throws<DeviceException>(() => _device.Copy(foreign, own));
        Assert.Throws<DeviceException>(() => _device.Copy(own, foreign));
        Assert.Throws<DeviceException>(() => _device.Combine(1, own, 1, foreign, own));
        Assert.Throws<DeviceException>(() => _device.Download(foreign, new float[4]));
    }

    [Fact]
    public void Disposed_tensors_are_refused_as_are_their_views()
    {
        using Tensor live = _device.Allocate(Shape.Vector(4));
        Tensor dead = _device.Allocate(Shape.Vector(4));
        Tensor view = dead.Reshape(Shape.Matrix(2, 2));
        dead.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _device.Copy(dead, live));
        Assert.Throws<ObjectDisposedException>(() => _device.Copy(live, view));
        Assert.Throws<ObjectDisposedException>(() => dead.ToArray());
    }

    [Fact]
    public void Elementwise_ops_need_equal_counts()
    {
        using var scope = new TensorScope(_device);
        Tensor four = scope.Allocate(Shape.Vector(4));
        Tensor five = scope.Allocate(Shape.Vector(5));
        ShapeException refusal = Assert.Throws<ShapeException>(() => _device.Copy(four, five));
        Assert.Contains(four.Shape.ToString(), refusal.Message);
        Assert.Contains(five.Shape.ToString(), refusal.Message);
        Assert.Throws<ShapeException>(() => _device.Combine(1, four, 1, four, five));
        Tensor one = scope.Allocate(Shape.Scalar);
        Assert.Throws<ShapeException>(() => _device.SoftThreshold(four, one, five));
        Assert.Throws<ShapeException>(() => _device.SoftThreshold(four, four, four));
        Assert.Throws<ShapeException>(() => _device.LeakyRelu(four, 0.1f, five));
        Assert.Throws<ShapeException>(() => _device.AbsoluteDistanceBackward(1, four, five, four));
        Assert.Throws<ShapeException>(() => _device.ReluBackward(four, five, four));
    }

    [Fact]
    public void Channels_beyond_the_last_are_refused()
    {
        using var scope = new TensorScope(_device);
        Tensor x = scope.Allocate(new Shape(1, 3, 2, 2));
        Tensor y = scope.Allocate(new Shape(1, 2, 2, 2));
        Assert.Throws<ShapeException>(() => _device.CopyChannels(x, 2, 2, y, 0));
        Assert.Throws<ShapeException>(() => _device.CopyChannels(x, 0, 2, y, 1));
        Assert.Throws<ShapeException>(() => _device.CopyChannels(x, int.MaxValue, 1, y, 0));
        Assert.Throws<ShapeException>(() => _device.CopyChannels(x, 0, 0, y, 0));
    }

    [Fact]
    public void Reductions_need_one_element_for_their_result()
    {
        using var scope = new TensorScope(_device);
        Tensor x = scope.Allocate(Shape.Vector(4));
        Assert.Throws<ShapeException>(() => _device.Dot(x, x, x));
        Assert.Throws<ShapeException>(() => _device.SumOfMagnitudes(x, x));
    }

    [Fact]
    public void Iterate_ops_need_equal_counts_and_their_own_destinations()
    {
        using var scope = new TensorScope(_device);
        Tensor z = scope.Allocate(Shape.Vector(4));
        Tensor q = scope.Allocate(Shape.Vector(4));
        Tensor five = scope.Allocate(Shape.Vector(5));
        Tensor one = scope.Allocate(Shape.Scalar);
        Tensor sums = scope.Allocate(Shape.Vector(Device.IterateSumCount));
        Assert.Throws<ShapeException>(() => _device.SoftThresholdReflected(z, one, q, five));
        Assert.Throws<ArgumentException>(() => _device.SoftThresholdReflected(z, one, q, q));
        Assert.Throws<ArgumentException>(() => _device.SoftThresholdReflected(z, one, q, z));
        Assert.Throws<ArgumentException>(() => _device.SoftThresholdReflected(z, one, z, q));
        Assert.Throws<ShapeException>(() => _device.IterateSums(z, z, five, q, sums));
        Assert.Throws<ShapeException>(() => _device.IterateSums(z, z, z, q, q));
    }

    [Fact]
    public void Inner_loops_need_a_workspace_of_their_shapes()
    {
        using var scope = new TensorScope(_device);
        Tensor e = Zeros(scope, Shape.Matrix(4, 4));
        Tensor d = Zeros(scope, Shape.Matrix(8, 8));
        Tensor kernel = Zeros(scope, Shape.Matrix(3, 3));
        Tensor scalar = Zeros(scope, Shape.Scalar);
        InnerLoopSpec spec = InnerLoopSpec.Default;
        using var grid = new InnerLoopWorkspace(_device, e.Shape);
        using var image = new InnerLoopWorkspace(_device, d.Shape, e.Shape);
        Assert.Throws<ShapeException>(() => _device.SolveGram(e, kernel, spec, image, e));
        Assert.Throws<ArgumentException>(() => _device.SolveGram(e, kernel, spec, grid, e));
        Assert.Throws<ShapeException>(() => _device.SolveNormal(e, kernel, 2, scalar, spec, grid, d));
        Assert.Throws<ShapeException>(() => _device.SolveNormal(e, kernel, 2, kernel, spec, image, d));
        Assert.Throws<ShapeException>(() => _device.DescendNormal(e, kernel, 2, scalar, 10, spec, image, d));
        using var unmeasured = new InnerLoopWorkspace(_device, d.Shape);
        Assert.Throws<ShapeException>(() => _device.SolveNormal(e, kernel, 2, scalar, spec, unmeasured, d));
    }

    [Fact]
    public void Bounded_blurs_need_shapes_that_fit()
    {
        using var scope = new TensorScope(_device);
        Tensor image = scope.Allocate(new Shape(1, 2, 8, 8));
        Tensor kernel = scope.Allocate(Shape.Matrix(3, 3));
        _device.Fill(1, image);
        Tensor smaller = scope.Allocate(new Shape(1, 2, 3, 3));
        _device.Fill(1, kernel);
        _device.Blur(image, kernel, 2, Boundary.Valid, 1, null, smaller);
        Assert.Throws<ShapeException>(() => _device.Blur(image, kernel, 2, Boundary.Zero, 1, null, smaller));
        Assert.Throws<ShapeException>(() => _device.Blur(smaller, image, 1, Boundary.Valid, 1, null, smaller));
    }

    [Fact]
    public void Products_and_convolutions_need_shapes_that_fit()
    {
        using var scope = new TensorScope(_device);
        Tensor a = scope.Allocate(Shape.Matrix(2, 3));
        Tensor c = scope.Allocate(Shape.Matrix(2, 2));
        Assert.Throws<ShapeException>(() => _device.MatMul(a, a, c));

        Tensor x = scope.Allocate(new Shape(1, 2, 8, 8));
        Tensor weights = scope.Allocate(new Shape(4, 3, 3, 3));
        Tensor y = scope.Allocate(new Shape(1, 4, 6, 6));
        Assert.Throws<ShapeException>(
            () => _device.Conv2d(x, weights, null, Conv2dSpec.Valid(), Activation.None, y));
    }

    [Fact]
    public void Batch_norm_needs_one_value_a_channel_in_its_statistics_and_two_in_its_input()
    {
        using var scope = new TensorScope(_device);
        Tensor x = Zeros(scope, new Shape(2, 3, 1, 1));
        Tensor single = Zeros(scope, new Shape(1, 3, 1, 1));
        Tensor two = Zeros(scope, new Shape(1, 2, 1, 1));
        var spec = new BatchNormSpec(1e-5f, 0.1f);
        Train(x, single, Activation.Relu);
        Assert.Throws<ShapeException>(() => Train(x, two, Activation.None));
        Assert.Throws<ShapeException>(() => Train(single, single, Activation.None));
        Assert.Throws<ArgumentException>(() => Train(x, single, Activation.Sigmoid));
        Tensor inverse = scope.Allocate(single.Shape);
        _device.BatchNormFixed(single, single, single, 1, Activation.None, single, single, inverse, single);
        Assert.Throws<ShapeException>(
            () => _device.BatchNormFixed(single, single, single, 1, Activation.None, single, two, inverse, single));

        void Train(Tensor input, Tensor c, Activation activation) =>
            _device.BatchNorm(input, c, c, spec, activation, c, c, c, c, input);
    }

    [Fact]
    public void Copies_of_channels_stay_within_both_tensors()
    {
        using var scope = new TensorScope(_device);
        Tensor x = Zeros(scope, new Shape(2, 3, 4, 5));
        Tensor y = Zeros(scope, new Shape(2, 6, 4, 5));
        _device.CopyChannels(x, 0, 3, y, 3);
        Assert.Throws<ShapeException>(() => _device.CopyChannels(x, 1, 3, y, 0));
        Assert.Throws<ShapeException>(() => _device.CopyChannels(x, 0, 3, y, 4));
        Assert.Throws<ShapeException>(() => _device.CopyChannels(x, -1, 1, y, 0));
        Assert.Throws<ShapeException>(() => _device.CopyChannels(x, 0, 0, y, 0));
        Assert.Throws<ArgumentException>(() => _device.CopyChannels(x, 0, 1, x, 1));
    }

    [Fact]
    public void Transforms_need_the_spectrum_of_the_image()
    {
        using var scope = new TensorScope(_device);
        Tensor image = scope.Allocate(new Shape(1, 1, 8, 8));
        Assert.Throws<ShapeException>(() => _device.RealFft2(image, image));
        Assert.Throws<ShapeException>(() => _device.PixelShuffle(image, 2, image));
        Assert.Throws<ShapeException>(() => _device.Blur(image, image, 3, 1, null, image));
    }

    private Tensor Zeros(TensorScope scope, Shape shape) => scope.Add(_device.AllocateZeros(shape));
}
