using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>Measures the bandwidth of memory-bound kernels against the driver's own copy.</summary>
internal sealed class MemoryBench(CudaDevice device, BenchScale scale)
{
    private const int Sets = 3;
    private readonly DeviceTiming _timing = new(device, scale);
    private readonly int _size = scale.Image;

    public (double CopyGbps, IReadOnlyList<OpRow> Rows) Run()
    {
        using var scope = new TensorScope(device);
        var image = new Shape(1, 1, _size, _size);
        Tensor[][] sets = [.. Enumerable.Range(0, Sets).Select(_ => Operands(scope, image))];
        Tensor scalar = scope.Allocate(Shape.Scalar);
        Tensor tau = scope.Add(device.Allocate(Shape.Scalar, [0.5f]));
        Tensor sums = scope.Allocate(Shape.Vector(Device.IterateSumCount));
        var packed = new Shape(1, 16, _size / 4, _size / 4);
        var channels = new Shape(1, 64, _size / 8, _size / 8);
        Tensor[] statistics = [.. Enumerable.Range(0, 6).Select(_ => Ones(scope, new Shape(1, 64, 1, 1)))];
        Tensor kernel = scope.Add(device.Allocate(Shape.Matrix(9, 9), [.. Enumerable.Repeat(1 / 81f, 81)]));
        Tensor small = Ones(scope, new Shape(1, 1, _size / 4, _size / 4));
        var adam = new AdamSpec(1e-3f, 0.9f, 0.999f, 1e-8f, Step: 10);

        double copy = Gbps(sets, 8, t => device.CopyByDriver(t[0], t[1]));
        var rows = new List<OpRow>();
        Add("copy", 8, t => device.Copy(t[0], t[1]));
        Add("combine", 12, t => device.Combine(0.5f, t[0], 0.5f, t[1], t[2]));
        Add("relu", 8, t => device.Relu(t[0], t[1]));
        Add("sigmoid", 8, t => device.Sigmoid(t[0], t[1]));
        Add("soft threshold", 8, t => device.SoftThreshold(t[0], tau, t[1]));
        Add("soft threshold, dual and q", 16, t => device.SoftThresholdReflected(t[0], tau, t[1], t[2]));
        Add("dot", 8, t => device.Dot(t[0], t[1], scalar));
        Add("iterate sums", 16, t => device.IterateSums(t[0], t[1], t[2], t[3], sums));
        Add("pixel shuffle by 4", 8, t => device.PixelShuffle(t[0].Reshape(packed), 4, t[1]));
        Add("pixel unshuffle by 4", 8, t => device.PixelUnshuffle(t[0], 4, t[1].Reshape(packed)));
        Add("batch norm, fixed", 8, t => device.BatchNormFixed(
            t[0].Reshape(channels), statistics[0], statistics[1], 1e-5f, Activation.Relu, statistics[2], statistics[3],
            statistics[4], t[1].Reshape(channels)));
        Add("batch norm, training", 12, t => device.BatchNorm(
            t[0].Reshape(channels), statistics[0], statistics[1], new BatchNormSpec(1e-5f, 0.1f), Activation.Relu,
            statistics[2], statistics[3], statistics[4], statistics[5], t[1].Reshape(channels)));
        Add("blur 9x9, every 4th pixel", 4.25, t => device.Blur(t[0], kernel, 4, 1, null, small));
        Add("its adjoint, added", 8.25, t => device.BlurAdjoint(small, kernel, 4, 1, t[0], t[1]));
        Add("window, padded", 8, t => device.Window(t[0], -2, -2, t[1]));
        foreach (Tensor[] set in sets)
        {
            // The second moment must not be negative.
            device.Fill(1, set[3]);
        }

        Add("adam", 28, t => device.AdamStep(t[0], t[1], t[2], t[3], adam));
        return (copy, rows);

        void Add(string name, double bytes, Action<Tensor[]> op)
        {
            double gbps = Gbps(sets, bytes, op);
            rows.Add(new OpRow(name, bytes, gbps, gbps / copy));
        }
    }

    private double Gbps(Tensor[][] sets, double bytes, Action<Tensor[]> op)
    {
        double seconds = _timing.InTurns([.. sets.Select(t => (Action)(() => op(t)))]);
        return 1e-9 * bytes * _size * _size / seconds;
    }

    private static Tensor[] Operands(TensorScope scope, Shape shape)
    {
        Tensor[] operands = [.. Enumerable.Range(0, 4).Select(_ => scope.Allocate(shape))];
        for (int i = 0; i < operands.Length; i++)
        {
            scope.Device.FillNormal(seed: 0, (ulong)i, operands[i]);
        }

        return operands;
    }

    private static Tensor Ones(TensorScope scope, Shape shape)
    {
        Tensor tensor = scope.Allocate(shape);
        scope.Device.Fill(1, tensor);
        return tensor;
    }
}

/// <summary>
/// The result for one memory-bound kernel: the bytes it must move per element of the image, and its bandwidth.
/// </summary>
internal sealed record OpRow(string Name, double BytesPerElement, double Gbps, double OfCopy);
