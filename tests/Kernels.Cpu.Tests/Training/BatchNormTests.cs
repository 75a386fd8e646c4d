using InfAdmm.Engine;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>Guarantees of the CPU backend for batch normalization beyond its values.</summary>
public sealed class BatchNormTests
{
    private static readonly BatchNormSpec Spec = new(1e-5f, 0.1f);

    /// <summary>Three channels are many for one thread and few for two: both orders of work are tested.</summary>
    [Fact]
    public void Results_do_not_depend_on_the_thread_count()
    {
        float[][]? expected = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using CpuDevice device = CpuDevice.Create(threads);
            using var scope = new TensorScope(device);
            var layer = new Layer(scope, new Shape(5, 3, 71, 67));
            layer.RunAll();
            expected ??= layer.Results();
            Assert.Equal(expected, layer.Results());
        }
    }

    [Fact]
    public void A_repeated_call_allocates_nothing()
    {
        using CpuDevice device = CpuDevice.Create(threads: 2);
        using var scope = new TensorScope(device);
        Layer[] layers = [new(scope, new Shape(3, 3, 9, 9)), new(scope, new Shape(3, 33, 9, 9))];
        Allocations.AssertNone(RunAll);

        void RunAll()
        {
            foreach (Layer layer in layers)
            {
                layer.RunAll();
            }
        }
    }

    [Fact]
    public void The_input_may_be_overwritten()
    {
        using CpuDevice device = CpuDevice.Create(threads: 2);
        using var scope = new TensorScope(device);
        var layer = new Layer(scope, new Shape(2, 7, 13, 11));
        layer.RunForward(layer.X, layer.Y);
        float[] expected = layer.Y.ToArray();
        layer.RunForward(layer.X, layer.X);
        Assert.Equal(expected, layer.X.ToArray());
    }

    /// <summary>The tensors of one layer with ReLU, and the ops on them.</summary>
    private sealed class Layer
    {
        private readonly Device _device;
        private readonly Tensor _gradient;
        private readonly Tensor _gradientX;
        private readonly Tensor[] _channels;

        public Layer(TensorScope scope, Shape shape)
        {
            _device = scope.Device;
            X = Noise(scope, shape, 1);
            Y = scope.Allocate(shape);
            _gradient = Noise(scope, shape, 2);
            _gradientX = scope.Allocate(shape);
            _channels = [.. Enumerable.Range(3, 8).Select(i => Noise(scope, new Shape(1, shape.C, 1, 1), (ulong)i))];
        }

        public Tensor X { get; }

        public Tensor Y { get; }

        public void RunForward(Tensor x, Tensor y)
        {
            Tensor[] c = _channels;
            _device.BatchNorm(x, c[0], c[1], Spec, Activation.Relu, c[2], c[3], c[4], c[5], y);
        }

        public void RunAll()
        {
            Tensor[] c = _channels;
            RunForward(X, Y);
            _device.BatchNormBackward(
                X, Y, _gradient, c[0], c[4], c[5], Activation.Relu, fixedStatistics: false, _gradientX, c[6], c[7]);
        }

        public float[][] Results() =>
            [Y.ToArray(), _gradientX.ToArray(), .. _channels.Select(tensor => tensor.ToArray())];

        private static Tensor Noise(TensorScope scope, Shape shape, ulong stream)
        {
            Tensor tensor = scope.Allocate(shape);
            scope.Device.FillNormal(seed: 5, stream, tensor);
            return tensor;
        }
    }
}
