using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>How fast the memory-bound kernels move memory, and the convolutions and products compute.</summary>
internal static class OpBench
{
    private const int Size = 4096;
    private const int Sets = 3;

    public static (double CopyGbps, IReadOnlyList<OpRow> Rows) Memory(CudaDevice device)
    {
        using var scope = new TensorScope(device);
        var image = new Shape(1, 1, Size, Size);
        Tensor[][] sets = [.. Enumerable.Range(0, Sets).Select(_ => Operands(scope, image))];
        Tensor scalar = scope.Allocate(Shape.Scalar);
        Tensor tau = scope.Add(device.Allocate(Shape.Scalar, [0.5f]));
        Tensor sums = scope.Allocate(Shape.Vector(Device.IterateSumCount));
        var packed = new Shape(1, 16, Size / 4, Size / 4);
        var channels = new Shape(1, 64, Size / 8, Size / 8);
        Tensor[] statistics =
            [.. Enumerable.Range(0, 6).Select(_ => scope.Add(Ones(device, new Shape(1, 64, 1, 1))))];
        Tensor kernel = scope.Add(device.Allocate(Shape.Matrix(9, 9), [.. Enumerable.Repeat(1 / 81f, 81)]));
        Tensor small = scope.Allocate(new Shape(1, 1, Size / 4, Size / 4));
        var adam = new AdamSpec(1e-3f, 0.9f, 0.999f, 1e-8f, Step: 10);
        var grid = new TileGrid(Size, Size, 256, 0);
        Shape tiles = new(grid.Tiles, 1, 256, 256);

        double copy = Gbps(8, t => device.CopyByDriver(t[0], t[1]));
        OpRow[] rows =
        [
            Row("copy", 8, t => device.Copy(t[0], t[1])),
            Row("combine", 12, t => device.Combine(0.5f, t[0], 0.5f, t[1], t[2])),
            Row("relu", 8, t => device.Relu(t[0], t[1])),
            Row("sigmoid", 8, t => device.Sigmoid(t[0], t[1])),
            Row("soft threshold", 8, t => device.SoftThreshold(t[0], tau, t[1])),
            Row("soft threshold, dual and q", 16, t => device.SoftThresholdReflected(t[0], tau, t[1], t[2])),
            Row("dot", 8, t => device.Dot(t[0], t[1], scalar)),
            Row("iterate sums", 16, t => device.IterateSums(t[0], t[1], t[2], t[3], sums)),
            Row("pixel shuffle by 4", 8, t => device.PixelShuffle(t[0].Reshape(packed), 4, t[1])),
            Row("pixel unshuffle by 4", 8, t => device.PixelUnshuffle(t[0], 4, t[1].Reshape(packed))),
            Row("batch norm, fixed", 8, t => device.BatchNormFixed(
                t[0].Reshape(channels), statistics[0], statistics[1], 1e-5f, Activation.Relu, statistics[2],
                statistics[3], statistics[4], t[1].Reshape(channels))),
            Row("batch norm, training", 12, t => device.BatchNorm(
                t[0].Reshape(channels), statistics[0], statistics[1], new BatchNormSpec(1e-5f, 0.1f), Activation.Relu,
                statistics[2], statistics[3], statistics[4], statistics[5], t[1].Reshape(channels))),
            Row("blur 9x9, every 4th pixel", 4.25, t => device.Blur(t[0], kernel, 4, 1, null, small)),
            Row("its adjoint, added", 8.25, t => device.BlurAdjoint(small, kernel, 4, 1, t[0], t[1])),
            Row("adam", 28, t => device.AdamStep(t[0], t[1], t[2], t[3], adam)),
            Row("gather tiles", 8, t => device.GatherTiles(t[0], grid, t[1].Reshape(tiles))),
        ];
        return (copy, rows);

        OpRow Row(string name, double bytes, Action<Tensor[]> op) => new(name, bytes, Gbps(bytes, op), Gbps(bytes, op) / copy);

        double Gbps(double bytes, Action<Tensor[]> op)
        {
            double seconds = DeviceTiming.Median(device, [.. sets.Select(t => (Action)(() => op(t)))]);
            return 1e-9 * bytes * Size * Size / seconds;
        }
    }

    public static (double MatMulTflops, IReadOnlyList<ComputeRow> Rows) Compute(CudaDevice device)
    {
        using var scope = new TensorScope(device);
        const int Matrix = 8192;
        Tensor[] matrices = [.. Enumerable.Range(0, 3).Select(i => Noise(scope, Shape.Matrix(Matrix, Matrix), (ulong)i))];
        double product = DeviceTiming.InLoop(
            device, () => device.MatMul(matrices[0], matrices[1], matrices[2]), length: 3, blocks: 5);
        double peak = 2e-12 * Matrix * (double)Matrix * Matrix / product;
        var rows = new List<ComputeRow>();
        foreach ((int inputs, int outputs, int size, int batch) in new[]
        {
            (48, 128, 64, 1), (128, 64, 64, 1), (64, 32, 64, 1), (32, 64, 128, 1), (1, 32, 128, 1), (48, 128, 64, 16),
        })
        {
            Tensor x = Noise(scope, new Shape(batch, inputs, size, size), 7);
            Tensor weights = Noise(scope, new Shape(outputs, inputs, 4, 4), 8);
            Conv2dSpec spec = Conv2dSpec.Same(x.Shape, 4, 4);
            Tensor y = scope.Allocate(spec.Output(x.Shape, weights.Shape));
            double seconds = DeviceTiming.InLoop(device, () => device.Conv2d(x, weights, null, spec, Activation.Relu, y));
            double tflops = 2e-12 * y.Shape.Count * inputs * 16 / seconds;
            rows.Add(new ComputeRow($"{inputs}→{outputs} 4x4, {batch}x{size}²", 1e6 * seconds, tflops, tflops / peak));
        }

        return (peak, rows);
    }

    private static Tensor[] Operands(TensorScope scope, Shape shape) =>
        [.. Enumerable.Range(0, 4).Select(i => Noise(scope, shape, (ulong)i))];

    private static Tensor Noise(TensorScope scope, Shape shape, ulong stream)
    {
        Tensor tensor = scope.Allocate(shape);
        scope.Device.FillNormal(seed: 0, stream, tensor);
        return tensor;
    }

    private static Tensor Ones(Device device, Shape shape)
    {
        Tensor tensor = device.Allocate(shape);
        device.Fill(1, tensor);
        return tensor;
    }
}

/// <summary>A kernel that memory bounds.</summary>
internal sealed record OpRow(string Name, double BytesPerElement, double Gbps, double OfCopy);

/// <summary>A layer that arithmetic bounds.</summary>
internal sealed record ComputeRow(string Name, double Microseconds, double Tflops, double OfMatMul);
