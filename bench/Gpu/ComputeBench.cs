using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>Compares the convolutions of the paper's networks with a matrix product, both in full float32.</summary>
internal sealed class ComputeBench(CudaDevice device, BenchScale scale)
{
    private const int Sets = 3;
    private readonly DeviceTiming _timing = new(device, scale);

    public (double MatMulTflops, IReadOnlyList<ComputeRow> Rows) Run()
    {
        double peak = Product();
        var rows = new List<ComputeRow>();
        foreach ((int inputs, int outputs, int size, int batch) in new[]
        {
            (48, 128, 64, 1), (128, 64, 64, 1), (64, 32, 64, 1), (32, 64, 128, 1), (64, 32, 128, 1), (32, 1, 128, 1),
            (1, 32, 128, 1), (48, 128, 64, 16),
        })
        {
            var shape = new Shape(batch, inputs, size / scale.ConvolutionScale, size / scale.ConvolutionScale);
            double seconds = Convolution(shape, outputs);
            double tflops = 2e-12 * 16 * shape.Count * outputs / seconds;
            rows.Add(new ComputeRow(
                $"{inputs} → {outputs}, 4x4, {batch} of {shape.H}²", 1e6 * seconds, tflops, tflops / peak));
        }

        return (peak, rows);
    }

    private double Product()
    {
        using var scope = new TensorScope(device);
        int n = scale.Matrix;
        Tensor a = Noise(scope, Shape.Matrix(n, n), 1);
        Tensor b = Noise(scope, Shape.Matrix(n, n), 2);
        Tensor c = scope.Allocate(Shape.Matrix(n, n));
        double seconds = _timing.InLoop([() => device.MatMul(a, b, c)], Math.Min(10, scale.LoopLength));
        return 2e-12 * n * (double)n * n / seconds;
    }

    private double Convolution(Shape shape, int outputs)
    {
        using var scope = new TensorScope(device);
        var works = new Action[Sets];
        for (int i = 0; i < Sets; i++)
        {
            Tensor x = Noise(scope, shape, (ulong)i);
            Tensor weights = Noise(scope, new Shape(outputs, shape.C, 4, 4), (ulong)(10 + i));
            Conv2dSpec spec = Conv2dSpec.Same(x.Shape, 4, 4);
            Tensor y = scope.Allocate(spec.Output(x.Shape, weights.Shape));
            works[i] = () => device.Conv2d(x, weights, null, spec, Activation.Relu, y);
        }

        return _timing.InGraph(works);
    }

    private static Tensor Noise(TensorScope scope, Shape shape, ulong stream)
    {
        Tensor tensor = scope.Allocate(shape);
        scope.Device.FillNormal(seed: 0, stream, tensor);
        return tensor;
    }
}

/// <summary>The result for one compute-bound layer.</summary>
internal sealed record ComputeRow(string Name, double Microseconds, double Tflops, double OfMatMul);
