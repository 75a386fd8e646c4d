using InfAdmm.Engine;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>Relations between the convolution ops, and what the CPU backend guarantees for each.</summary>
public sealed class ConvolutionTests
{
    /// <summary>Float sums of some hundred terms on both sides; relative to ‖y‖·‖gy‖.</summary>
    private const double Tolerance = 1e-5;

    public static TheoryData<SimdWidth, int, Boundary> Layers
    {
        get
        {
            var data = new TheoryData<SimdWidth, int, Boundary>();
            foreach (SimdWidth width in Enum.GetValues<SimdWidth>())
            {
                foreach (int stride in new[] { 1, 2, 3 })
                {
                    data.Add(width, stride, Boundary.Zero);
                    data.Add(width, stride, Boundary.Periodic);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void Gradients_are_the_adjoints_of_the_convolution(SimdWidth width, int stride, Boundary boundary)
    {
        Assert.SkipUnless(width <= CpuDevice.WidestWidth, $"no {(int)width}-bit vectors here");
        using CpuDevice device = CpuDevice.Create(threads: 2, width);
        using var scope = new TensorScope(device);
        Layer layer = new(scope, new Shape(3, 7, 13, 33), channels: 9, stride, boundary);
        layer.RunAll(device);
        double[] y = Doubles(layer.Y);
        double[] gy = Doubles(layer.GradientY);
        double forward = Dot(y, gy);
        double scale = Math.Sqrt(Dot(y, y) * Dot(gy, gy));
        Assert.InRange(Math.Abs(forward - Dot(Doubles(layer.X), Doubles(layer.GradientX))) / scale, 0, Tolerance);
        Assert.InRange(Math.Abs(forward - Dot(Doubles(layer.W), Doubles(layer.GradientW))) / scale, 0, Tolerance);
    }

    [Theory]
    [InlineData(1, Boundary.Periodic)]
    [InlineData(2, Boundary.Periodic)]
    [InlineData(3, Boundary.Zero)]
    public void Results_do_not_depend_on_the_thread_count(int stride, Boundary boundary)
    {
        float[][]? expected = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using CpuDevice device = CpuDevice.Create(threads);
            using var scope = new TensorScope(device);
            Layer layer = new(scope, new Shape(3, 33, 31, 33), channels: 17, stride, boundary);
            layer.RunAll(device);
            float[][] actual = layer.Results();
            expected ??= actual;
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void A_repeated_call_allocates_nothing()
    {
        using CpuDevice device = CpuDevice.Create(threads: 2);
        using var scope = new TensorScope(device);
        Layer unit = new(scope, new Shape(2, 7, 16, 16), channels: 9, stride: 1, Boundary.Periodic);
        Layer strided = new(scope, new Shape(2, 7, 15, 17), channels: 9, stride: 2, Boundary.Periodic);
        Allocations.AssertNone(() =>
        {
            unit.RunAll(device);
            strided.RunAll(device);
        });
    }

    private static double[] Doubles(Tensor tensor) => Array.ConvertAll(tensor.ToArray(), value => (double)value);

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    /// <summary>The tensors of one layer, and every op tested in this file.</summary>
    private sealed class Layer
    {
        private readonly Conv2dSpec _spec;
        private readonly Tensor _left;
        private readonly Tensor _right;
        private readonly Tensor _product;
        private readonly Tensor _gradientBias;

        public Layer(TensorScope scope, Shape x, int channels, int stride, Boundary boundary)
        {
            var weights = new Shape(channels, x.C, 4, 4);
            _spec = Conv2dSpec.Same(x, 4, 4, stride, boundary);
            Shape y = _spec.Output(x, weights);
            X = Noise(scope, x, 1);
            W = Noise(scope, weights, 2);
            GradientY = Noise(scope, y, 3);
            _left = Noise(scope, Shape.Matrix(17, 33), 4);
            _right = Noise(scope, Shape.Matrix(33, 65), 5);
            Y = scope.Allocate(y);
            GradientX = scope.Allocate(x);
            GradientW = scope.Allocate(weights);
            _gradientBias = scope.Allocate(new Shape(1, channels, 1, 1));
            _product = scope.Allocate(Shape.Matrix(17, 65));
        }

        public Tensor X { get; }

        public Tensor W { get; }

        public Tensor Y { get; }

        public Tensor GradientX { get; }

        public Tensor GradientW { get; }

        public Tensor GradientY { get; }

        public void RunAll(Device device)
        {
            device.Conv2d(X, W, null, _spec, Activation.None, Y);
            device.Conv2dBackwardInput(GradientY, W, null, _spec, Activation.None, GradientX);
            device.Conv2dBackwardWeights(X, GradientY, _spec, GradientW);
            device.Conv2dBackwardBias(GradientY, _gradientBias);
            device.MatMul(_left, _right, _product);
        }

        public float[][] Results() =>
        [
            Y.ToArray(),
            GradientX.ToArray(),
            GradientW.ToArray(),
            _gradientBias.ToArray(),
            _product.ToArray(),
        ];

        private static Tensor Noise(TensorScope scope, Shape shape, int seed)
        {
            var random = new Random(seed);
            var values = new float[shape.Count];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = 2 * random.NextSingle() - 1;
            }

            return scope.Add(scope.Device.Allocate(shape, values));
        }
    }
}
