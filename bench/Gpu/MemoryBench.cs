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
        Tensor[][] sets = [.. Enumerable.Range(0, Sets).Select(_ => MemoryOps.Operands(scope, _size))];
        double copy = Gbps(sets, 8, t => device.CopyByDriver(t[0], t[1]));
        return (copy, [.. MemoryOps.Create(scope, _size).Select(op =>
        {
            double gbps = Gbps(sets, op.Bytes, op.Run);
            return new OpRow(op.Name, op.Bytes, gbps, gbps / copy);
        })]);
    }

    private double Gbps(Tensor[][] sets, double bytes, Action<Tensor[]> op)
    {
        double seconds = _timing.InTurns([.. sets.Select(t => (Action)(() => op(t)))]);
        return 1e-9 * bytes * _size * _size / seconds;
    }
}

/// <summary>
/// The result for one memory-bound kernel: the bytes it must move per element of the image, and its bandwidth.
/// </summary>
internal sealed record OpRow(string Name, double BytesPerElement, double Gbps, double OfCopy);
