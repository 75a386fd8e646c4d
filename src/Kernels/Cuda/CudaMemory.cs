using System.Runtime.CompilerServices;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// The memory of one GPU, allocated and freed in stream order from the memory pool of the driver, which keeps freed
/// blocks, so that the next tensor of the same size costs almost nothing; or by plain allocation if the driver has no
/// pools. Each block keeps the stream alive, so that it can be freed after the device is disposed.
/// </summary>
internal sealed class CudaMemory
{
    private readonly PrimaryContext _context;
    private readonly CudaStream _stream;
    private readonly bool _pooled;
    private readonly nint _pool;
    private readonly List<ulong> _deferred = [];
    private int _live;

    /// <summary>Prepares the pool of the device.</summary>
    public CudaMemory(PrimaryContext context, CudaStream stream, int device)
    {
        _context = context;
        _stream = stream;
        Check(cuDeviceGetAttribute(out int pools, MemoryPoolsSupported, device));
        _pooled = pools != 0;
        if (_pooled)
        {
            ulong keepAll = ulong.MaxValue;
            Check(cuDeviceGetDefaultMemPool(out _pool, device));
            Check(cuMemPoolSetAttribute(_pool, ReleaseThreshold, in keepAll));
        }
    }

    /// <summary>The number of blocks that are not returned.</summary>
    public int Live => Volatile.Read(ref _live);

    /// <summary>While true, returned blocks are kept, because freeing cannot be recorded.</summary>
    public bool DefersReturns { get; private set; }

    /// <summary>Allocates a block, aligned to 256 bytes.</summary>
    /// <exception cref="DeviceException">The GPU is out of memory.</exception>
    public ulong Take(long bytes)
    {
        _context.MakeCurrent();
        ulong address;
        if (_pooled)
        {
            CheckTaken(cuMemAllocAsync(out address, (nuint)bytes, _stream.Value), bytes);
        }
        else
        {
            CheckTaken(cuMemAlloc_v2(out address, (nuint)bytes), bytes);
        }

        bool added = false;
        _stream.DangerousAddRef(ref added);
        Interlocked.Increment(ref _live);
        return address;
    }

    /// <summary>Returns a block.</summary>
    public void Return(ulong address)
    {
        if (DefersReturns)
        {
            _deferred.Add(address);
            return;
        }

        // A failure here follows one that was already reported, and must not hide it.
        if (_context.TryMakeCurrent() == DriverStatus.Success)
        {
            _ = _pooled ? cuMemFreeAsync(address, _stream.Value) : cuMemFree_v2(address);
        }

        Interlocked.Decrement(ref _live);
        _stream.DangerousRelease();
    }

    /// <summary>Gives the memory of returned blocks back to the driver, for other programs; waits for the stream.</summary>
    public void Trim()
    {
        if (_pooled && _context.TryMakeCurrent() == DriverStatus.Success)
        {
            _ = cuStreamSynchronize(_stream.Value);
            _ = cuMemPoolTrimTo(_pool, 0);
        }
    }

    /// <summary>Keeps returned blocks until <see cref="EndDeferral"/>.</summary>
    public void BeginDeferral() => DefersReturns = true;

    /// <summary>Returns the kept blocks.</summary>
    public void EndDeferral()
    {
        DefersReturns = false;
        foreach (ulong address in _deferred)
        {
            Return(address);
        }

        _deferred.Clear();
    }

    private static void CheckTaken(
        DriverStatus status, long bytes, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status == DriverStatus.OutOfMemory)
        {
            const double Mebibyte = 1 << 20;
            string free = cuMemGetInfo_v2(out nuint left, out _) == DriverStatus.Success
                ? $"{left / Mebibyte:F1} MiB free"
                : "the amount of free memory is unknown";
            throw new DeviceException(
                $"the GPU is out of memory: {bytes / Mebibyte:F1} MiB requested, {free} ({call}: {Describe(status)})")
            {
                IsOutOfMemory = true,
            };
        }

        Check(status, call);
    }
}

/// <summary>A block of GPU memory.</summary>
internal sealed class CudaBuffer(CudaMemory memory, long length) : DeviceBuffer(length)
{
    /// <summary>The address of the block.</summary>
    public DevicePointer Address { get; } = new(memory.Take(length * sizeof(float)));

    /// <inheritdoc/>
    protected override void Release() => memory.Return(Address.Value);
}
