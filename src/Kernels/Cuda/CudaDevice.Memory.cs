using InfAdmm.Engine;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <remarks>Tensors, and the memory of the device's own that lives as long as it does.</remarks>
public sealed partial class CudaDevice
{
    private const int Counters = 64;
    private readonly CudaMemory _residents;
    private readonly List<ulong> _residentBlocks = [];
    private readonly (DevicePointer Address, long Bytes)[] _scratch = new (DevicePointer, long)[4];
    private readonly DevicePointer _counters;

    /// <summary>Where a tensor's elements begin.</summary>
    internal static DevicePointer Address(Tensor tensor) =>
        ((CudaBuffer)tensor.Buffer).Address.Plus(tensor.Offset * sizeof(float));

    /// <summary>Where a tensor's elements begin, or null.</summary>
    internal static DevicePointer AddressOrNull(Tensor? tensor) =>
        tensor is null ? DevicePointer.Null : Address(tensor);

    /// <summary>
    /// Scratch memory of at least so many bytes, 256-byte aligned, for the ops of one call: the next op may use it
    /// again, in stream order. Each <paramref name="slot"/> (0 … 3) is a memory of its own. A block that was outgrown
    /// stays until the device is disposed, since recordings hold its address.
    /// </summary>
    internal DevicePointer Scratch(int slot, long bytes)
    {
        if (bytes > _scratch[slot].Bytes)
        {
            _scratch[slot] = GrownScratch(bytes, 2 * _scratch[slot].Bytes);
        }

        return _scratch[slot].Address;
    }

    /// <summary>
    /// 64 unsigned integers that were zero when the device was made, for kernels that count arrivals and leave the
    /// counter at zero (or, for grid_barrier, count on). Each kind of kernel uses its own place.
    /// </summary>
    internal DevicePointer Counter(int place)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)Counters, nameof(place));
        return _counters.Plus(place * sizeof(uint));
    }

    /// <summary>
    /// Memory of the device's own, for tables and plans, until it is disposed. A recording's first, dry run may ask for
    /// it, its capture may not.
    /// </summary>
    internal DevicePointer Resident(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (IsRecording)
        {
            throw new InvalidOperationException(
                "an op needs more memory now than when its recording began: recorded work must call the same ops each "
                + "time");
        }

        ulong address = _residents.Take(bytes);
        _residentBlocks.Add(address);
        return new DevicePointer(address);
    }

    /// <summary>
    /// y = x as the driver copies, where <see cref="Device.Copy"/> is a kernel: what the benchmarks hold kernels that
    /// memory bounds against.
    /// </summary>
    internal void CopyByDriver(Tensor x, Tensor y)
    {
        if (x.Count != y.Count)
        {
            throw new ShapeException($"{nameof(CopyByDriver)}: {x.Shape} and {y.Shape} differ in size");
        }

        MakeCurrent();
        if (!IsDry)
        {
            nuint bytes = (nuint)x.Count * sizeof(float);
            Check(cuMemcpyDtoDAsync_v2(Address(y).Value, Address(x).Value, bytes, Stream));
        }
    }

    /// <inheritdoc/>
    protected override DeviceBuffer AllocateBuffer(long length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ThrowIfRecording("an allocation");
        return new CudaBuffer(_memory, length);
    }

    /// <inheritdoc/>
    protected override void UploadCore(ReadOnlySpan<float> values, Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ThrowIfRecording(nameof(Upload));
        _staging.Upload(values, Address(tensor));
    }

    /// <inheritdoc/>
    protected override void DownloadCore(Tensor tensor, Span<float> values)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ThrowIfRecording(nameof(Download));
        _staging.Download(Address(tensor), values);
    }

    private (DevicePointer Address, long Bytes) GrownScratch(long bytes, long doubled)
    {
        // Doubling bounds what outgrown blocks hold by the size of the last one, if there is room for it.
        long size = Math.Max(bytes, doubled);
        try
        {
            return (Resident(size), size);
        }
        catch (DeviceException) when (size > bytes)
        {
            return (Resident(bytes), bytes);
        }
    }

    private DevicePointer CreateCounters()
    {
        DevicePointer counters = Resident(Counters * sizeof(uint));
        Check(cuMemsetD8Async(counters.Value, 0, Counters * sizeof(uint), Stream));
        return counters;
    }

    private void DisposeResidents()
    {
        foreach (ulong address in _residentBlocks)
        {
            _residents.Return(address);
        }

        _residentBlocks.Clear();
    }
}
