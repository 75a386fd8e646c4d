using System.Runtime.InteropServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The allocator of a CPU device. Blocks are aligned to 64 bytes and returned to a free list by size, so that a
/// training step that allocates the same shapes again makes no system call and has no page faults.
/// </summary>
internal sealed unsafe class CpuMemory : IDisposable
{
    private readonly Dictionary<long, Stack<nint>> _free = [];
    private readonly Lock _lock = new();
    private int _live;

    public int Live => Volatile.Read(ref _live);

    public nint Take(long length)
    {
        lock (_lock)
        {
            _live++;
            if (_free.TryGetValue(length, out Stack<nint>? blocks) && blocks.TryPop(out nint block))
            {
                return block;
            }
        }

        try
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), CacheSizes.LineBytes);
        }
        catch (OutOfMemoryException exception)
        {
            Interlocked.Decrement(ref _live);
            throw new DeviceException(
                $"out of memory: {length * sizeof(float) / 1048576.0:F1} MiB could not be allocated", exception);
        }
    }

    public void Return(long length, nint block)
    {
        lock (_lock)
        {
            _live--;
            if (!_free.TryGetValue(length, out Stack<nint>? blocks))
            {
                _free[length] = blocks = new Stack<nint>();
            }

            blocks.Push(block);
        }
    }

    /// <summary>Frees all blocks in the free lists.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (Stack<nint> blocks in _free.Values)
            {
                while (blocks.TryPop(out nint block))
                {
                    NativeMemory.AlignedFree((void*)block);
                }
            }

            _free.Clear();
        }
    }
}

/// <summary>A block of memory from a <see cref="CpuMemory"/>.</summary>
internal sealed unsafe class CpuBuffer(CpuMemory memory, long length) : DeviceBuffer(length)
{
    private readonly nint _block = memory.Take(length);

    public float* Pointer => (float*)_block;

    protected override void Release() => memory.Return(Length, _block);
}
