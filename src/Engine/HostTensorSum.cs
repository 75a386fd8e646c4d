using System.Diagnostics;

namespace InfAdmm.Engine;

/// <summary>The sum of a tensor through the memory of the host, for any device and group.</summary>
internal sealed class HostTensorSum : TensorSum
{
    private readonly ProcessGroup _group;
    private readonly Tensor _tensor;
    private readonly float[] _values;
    private readonly List<(Task Sum, int Offset, int Count)> _pending = [];
    private long _started;

    /// <summary>Allocates host memory of the size of the tensor. The caller keeps ownership of both.</summary>
    public HostTensorSum(ProcessGroup group, Tensor tensor)
    {
        _group = group;
        _tensor = tensor;

        // The native library reads and writes it while the program goes on.
        _values = GC.AllocateUninitializedArray<float>(tensor.Count, pinned: true);
    }

    /// <inheritdoc/>
    public override void Start(int offset, int count)
    {
        if (_pending.Count == 0)
        {
            _started = Stopwatch.GetTimestamp();
        }

        Memory<float> values = _values.AsMemory(offset, count);
        _tensor.Device.Download(_tensor.Slice(offset, Shape.Vector(count)), values.Span);
        _pending.Add((_group.SumAsync(values), offset, count));
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        if (_pending.Count == 0)
        {
            return;
        }

        long waiting = Stopwatch.GetTimestamp();
        _pending.ForEach(part => _group.Wait(part.Sum));
        long end = Stopwatch.GetTimestamp();
        Seconds += Stopwatch.GetElapsedTime(_started, end).TotalSeconds;
        ExposedSeconds += Stopwatch.GetElapsedTime(waiting, end).TotalSeconds;
        foreach ((_, int offset, int count) in _pending)
        {
            _tensor.Device.Upload(_values.AsSpan(offset, count), _tensor.Slice(offset, Shape.Vector(count)));
        }

        _pending.Clear();
    }
}
