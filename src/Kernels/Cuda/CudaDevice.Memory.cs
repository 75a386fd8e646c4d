using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <remarks>Tensors, and memory that is owned by the device itself.</remarks>
public sealed partial class CudaDevice
{
    private const int Counters = 64;
    private readonly CudaMemory _residents;
    private readonly HashSet<ulong> _residentBlocks = [];
    private readonly List<ulong> _outgrown = [];
    private readonly (DevicePointer Address, long Bytes)[] _scratch = new (DevicePointer, long)[4];
    private readonly DevicePointer _counters;
    private (DevicePointer Address, long Bytes) _zeros;

    /// <summary>The address of the elements of a tensor.</summary>
    internal static DevicePointer Address(Tensor tensor) =>
        ((CudaBuffer)tensor.Buffer).Address.Plus(tensor.Offset * sizeof(float));

    /// <summary>The address of the elements of a tensor, or null.</summary>
    internal static DevicePointer AddressOrNull(Tensor? tensor) =>
        tensor is null ? DevicePointer.Null : Address(tensor);

    /// <summary>
    /// Scratch memory of at least the given size, aligned to 256 bytes, for the ops of one call; the next op may reuse
    /// it, in stream order. Each <paramref name="slot"/> (0 … 3) is separate memory. A block that is replaced by a
    /// larger one is freed, but not while there are recordings, which may use its address.
    /// </summary>
    internal DevicePointer Scratch(int slot, long bytes)
    {
        if (bytes > _scratch[slot].Bytes)
        {
            ulong outgrown = _scratch[slot].Address.Value;
            _scratch[slot] = default;
            if (outgrown != 0)
            {
                _outgrown.Add(outgrown);
                FreeOutgrown();
            }

            _scratch[slot] = (Resident(bytes), bytes);
        }

        return _scratch[slot].Address;
    }

    /// <summary>Memory for a trial, freed in stream order when the result is disposed.</summary>
    internal CudaBuffer Temporary(long bytes) => new(_residents, Math.Max(1, (bytes + sizeof(float) - 1) / sizeof(float)));

    /// <summary>At least the given number of zeros, in any precision up to float32.</summary>
    internal DevicePointer Zeros(long count)
    {
        long bytes = count * sizeof(float);
        if (bytes > _zeros.Bytes)
        {
            _zeros = (Resident(bytes), bytes);
            Check(cuMemsetD8Async(_zeros.Address.Value, 0, (nuint)bytes, Stream));
        }

        return _zeros.Address;
    }

    /// <summary>
    /// One of 64 unsigned integers, initially zero, for kernels that count arriving blocks and reset the counter to
    /// zero (or, for grid_barrier, continue to count). Each kind of kernel uses its own counter.
    /// </summary>
    internal DevicePointer Counter(int place)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)place, (uint)Counters, nameof(place));
        return _counters.Plus(place * sizeof(uint));
    }

    /// <summary>
    /// Memory that is owned by the device and freed when it is disposed, for tables and plans. The dry run of a
    /// recording may allocate it, the capture may not.
    /// </summary>
    internal DevicePointer Resident(long bytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (IsRecording)
        {
            throw new InvalidOperationException(
                "an op needs more memory than in the first run of the recorded work: it must call the same ops each "
                + "time");
        }

        ulong address = _residents.Take(bytes);
        _residentBlocks.Add(address);
        return new DevicePointer(address);
    }

    /// <summary>
    /// y = x by the driver, where <see cref="Device.Copy"/> is a kernel. Benchmarks compare memory-bound kernels with
    /// it.
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

    private void FreeOutgrown()
    {
        if (_recordings > 0 || IsRecording)
        {
            return;
        }

        foreach (ulong address in _outgrown)
        {
            _residents.Return(address);
            _residentBlocks.Remove(address);
        }

        _outgrown.Clear();
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
        _outgrown.Clear();
    }
}
