using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cpu;

/// <summary>The SIMD CPU backend. Create it with <see cref="Create(int, SimdWidth?)"/> and use it from one thread at a time.</summary>
public abstract class CpuDevice : Device
{
    private protected CpuDevice()
    {
    }

    /// <summary>The widest vectors that this machine supports.</summary>
    public static SimdWidth WidestWidth
    {
        get
        {
            if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
            {
                return SimdWidth.Bits512;
            }

            if (Avx2.IsSupported && Fma.IsSupported)
            {
                return SimdWidth.Bits256;
            }

            return Vector128.IsHardwareAccelerated ? SimdWidth.Bits128 : SimdWidth.Scalar;
        }
    }

    /// <summary>The vector width of this device.</summary>
    public abstract SimdWidth Width { get; }

    /// <summary>
    /// The most memory that tensors and workspaces may take together, in bytes: what exceeds it fails as if the machine had
    /// no more. No limit unless it is set.
    /// </summary>
    public abstract long MemoryLimit { get; set; }

    /// <summary>Creates a CPU device.</summary>
    /// <param name="threads">The number of threads; 0 for one per core.</param>
    /// <param name="width">The vector width; null for the widest that this machine supports.</param>
    /// <exception cref="DeviceException">The machine does not support the width.</exception>
    public static CpuDevice Create(int threads = 0, SimdWidth? width = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        var pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        try
        {
            return Create(pool, ownsPool: true, width);
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }

    /// <summary>Creates a CPU device that shares threads with others.</summary>
    /// <param name="threads">The threads. The caller keeps ownership, and disposes the device first.</param>
    /// <param name="width">The vector width; null for the widest that this machine supports.</param>
    /// <exception cref="DeviceException">The machine does not support the width.</exception>
    public static CpuDevice Create(CpuThreads threads, SimdWidth? width = null) =>
        Create(threads.Pool, ownsPool: false, width);

    private static CpuDevice Create(WorkerPool pool, bool ownsPool, SimdWidth? width)
    {
        SimdWidth chosen = width ?? WidestWidth;
        if (chosen > WidestWidth)
        {
            throw new DeviceException(
                $"this processor has no {(int)chosen}-bit vectors, only up to {(int)WidestWidth} bits");
        }

        return chosen switch
        {
            SimdWidth.Bits512 => new CpuDevice<Simd512, Vector512<float>>(pool, ownsPool, chosen),
            SimdWidth.Bits256 => new CpuDevice<Simd256, Vector256<float>>(pool, ownsPool, chosen),
            SimdWidth.Bits128 => new CpuDevice<Simd128, Vector128<float>>(pool, ownsPool, chosen),
            _ => new CpuDevice<Simd1, float>(pool, ownsPool, SimdWidth.Scalar),
        };
    }
}

/// <summary>
/// The CPU backend for one instruction set. Each op is one file of this class, in the folder of its kind: a
/// <c>…Core</c> method that gets the pointers of the tensors and runs a job over pieces of the output.
/// </summary>
/// <typeparam name="S">The instruction set.</typeparam>
/// <typeparam name="V">Its vector type.</typeparam>
internal sealed unsafe partial class CpuDevice<S, V> : CpuDevice
    where S : struct, ISimd<V>
    where V : unmanaged
{
    private readonly CpuMemory _memory = new();
    private readonly WorkerPool _pool;
    private readonly bool _ownsPool;
    private float* _scratch;
    private long _scratchLength;

    public CpuDevice(WorkerPool pool, bool ownsPool, SimdWidth width)
    {
        (_pool, _ownsPool) = (pool, ownsPool);
        int threads = pool.Count;
        Width = width;
        string vectors = width == SimdWidth.Scalar ? "scalar" : $"{(int)width}-bit vectors";
        Name = $"cpu ({vectors}, {threads} {(threads == 1 ? "thread" : "threads")})";
    }

    public override string Name { get; }

    public override SimdWidth Width { get; }

    public override int Threads => _pool.Count;

    public override int LiveBuffers => _memory.Live - (_scratch == null ? 0 : 1);

    public override long MemoryLimit
    {
        get => _memory.Limit;
        set => _memory.Limit = value;
    }

    /// <summary>Networks run in the blocked channel layout if it supports them, otherwise op by op.</summary>
    protected override InferencePlan CompileCore(NetworkNode output) =>
        CpuInferencePlan<S, V>.Create(this, _pool, _memory, output);

    /// <summary>Does nothing: ops are complete when they return.</summary>
    public override void Synchronize()
    {
    }

    protected override DeviceBuffer AllocateBuffer(long length) => new CpuBuffer(_memory, length);

    protected override void UploadCore(ReadOnlySpan<float> values, Tensor tensor) =>
        values.CopyTo(new Span<float>(Pointer(tensor), tensor.Count));

    protected override void DownloadCore(Tensor tensor, Span<float> values) =>
        new ReadOnlySpan<float>(Pointer(tensor), tensor.Count).CopyTo(values);

    protected override void DisposeCore()
    {
        if (_ownsPool)
        {
            _pool.Dispose();
        }

        _memory.Close();
        FreeScratch();
    }

    /// <summary>A device that nobody disposed: its threads end, and its memory is freed with all tensors on it.</summary>
    ~CpuDevice()
    {
        if (_ownsPool)
        {
            _pool?.Stop();
        }

        _memory?.FreeAll();
    }

    private void FreeScratch()
    {
        if (_scratch != null)
        {
            _memory.Return(_scratchLength, (nint)_scratch);
            _scratch = null;
            _scratchLength = 0;
        }
    }

    private static float* Pointer(Tensor tensor) => ((CpuBuffer)tensor.Buffer).Pointer + tensor.Offset;

    private static float* PointerOrNull(Tensor? tensor) => tensor is null ? null : Pointer(tensor);

    /// <summary>
    /// Workspace of the given number of floats, aligned to a cache line and valid until the next call. It grows to the
    /// largest request and is kept, so that a steady state allocates nothing.
    /// </summary>
    private float* Scratch(long length)
    {
        if (length > _scratchLength)
        {
            FreeScratch();
            _scratch = (float*)_memory.Take(length);
            _scratchLength = length;
        }

        Debug.Assert(_scratch != null, "scratch of length 0 was requested");
        return _scratch;
    }
}
