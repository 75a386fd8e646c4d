using System.Runtime.InteropServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The allocator of a CPU device. Blocks are aligned to 64 bytes. A returned block is kept for the next request of its
/// length, so that a training step that allocates the same shapes again makes no system call and has no page faults.
/// Blocks in use and kept ones together never exceed the most that was ever in use at once, apart from a small
/// allowance: before memory grows beyond it, kept blocks are freed, those of the length that was not used for the longest
/// time first.
/// </summary>
internal sealed unsafe class CpuMemory
{
    /// <summary>Kept beyond the limit, for the sake of many small blocks: 4 MiB.</summary>
    private const long Allowance = 1 << 20;

    private readonly Dictionary<long, FreeBlocks> _free = [];
    private readonly HashSet<nint> _inUse = [];
    private readonly Lock _lock = new();
    private long _used;
    private long _kept;
    private long _mostUsed;
    private long _time;
    private bool _isClosed;

    public CpuMemory() => NativeHeap.ReturnLargeBlocks();

    /// <summary>The most bytes of all blocks. Kept ones beyond it are freed at once.</summary>
    public long Limit
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            lock (_lock)
            {
                field = value;
                FreeKept(value / sizeof(float) - _used);
            }
        }
    } = long.MaxValue;

    /// <summary>The number of blocks in use.</summary>
    public int Live
    {
        get
        {
            lock (_lock)
            {
                return _inUse.Count;
            }
        }
    }

    /// <summary>The float32 elements of all blocks, in use or kept.</summary>
    public long Length
    {
        get
        {
            lock (_lock)
            {
                return _used + _kept;
            }
        }
    }

    /// <summary>A block of uninitialised memory.</summary>
    /// <exception cref="DeviceException">There is not enough memory.</exception>
    public nint Take(long length)
    {
        lock (_lock)
        {
            nint block = TakeKept(length);
            if (block == 0)
            {
                long left = Limit / sizeof(float) - _used - length;
                FreeKept(Math.Min(left, Math.Max(_mostUsed, _used + length) + Allowance - _used - length));
                block = left < 0 ? throw Shortage(length) : Allocate(length);
            }

            _inUse.Add(block);
            _used += length;
            _mostUsed = Math.Max(_mostUsed, _used);
            return block;
        }
    }

    /// <summary>Keeps a block for the next request; after <see cref="Close"/>, frees it.</summary>
    public void Return(long length, nint block)
    {
        lock (_lock)
        {
            if (!_inUse.Remove(block))
            {
                return;
            }

            _used -= length;
            if (_isClosed)
            {
                NativeMemory.AlignedFree((void*)block);
                return;
            }

            if (!_free.TryGetValue(length, out FreeBlocks? blocks))
            {
                _free[length] = blocks = new FreeBlocks(length);
            }

            blocks.Push(block);
            blocks.LastUse = ++_time;
            _kept += length;
        }
    }

    /// <summary>Frees the blocks that are kept; those in use are freed when they are returned.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            FreeKept(most: 0);
        }
    }

    /// <summary>Frees all blocks: nothing can use them any more.</summary>
    public void FreeAll()
    {
        Close();
        lock (_lock)
        {
            foreach (nint block in _inUse)
            {
                NativeMemory.AlignedFree((void*)block);
            }

            _inUse.Clear();
        }
    }

    /// <summary>A kept block of a length, or 0.</summary>
    private nint TakeKept(long length)
    {
        if (!_free.TryGetValue(length, out FreeBlocks? blocks) || !blocks.TryPop(out nint block))
        {
            return 0;
        }

        blocks.LastUse = ++_time;
        _kept -= length;
        return block;
    }

    /// <summary>Frees kept blocks until at most <paramref name="most"/> elements are kept.</summary>
    private void FreeKept(long most)
    {
        while (_kept > Math.Max(most, 0))
        {
            FreeBlocks oldest = _free.Values.MinBy(blocks => blocks.LastUse)!;
            while (_kept > Math.Max(most, 0) && oldest.TryPop(out nint block))
            {
                NativeMemory.AlignedFree((void*)block);
                _kept -= oldest.Length;
            }

            if (oldest.Count == 0)
            {
                _free.Remove(oldest.Length);
            }
        }
    }

    private static nint Allocate(long length)
    {
        try
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), CacheSizes.LineBytes);
        }
        catch (OutOfMemoryException)
        {
            throw Shortage(length);
        }
    }

    private static DeviceException Shortage(long length) =>
        new($"out of memory: {length * sizeof(float) / 1048576.0:F1} MiB could not be allocated") { IsOutOfMemory = true };

    /// <summary>Kept blocks of one length.</summary>
    private sealed class FreeBlocks(long length) : Stack<nint>
    {
        public long Length => length;

        public long LastUse { get; set; }
    }
}
