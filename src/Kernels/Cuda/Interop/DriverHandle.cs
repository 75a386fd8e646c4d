using System.Runtime.InteropServices;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>Owns an object of a context and keeps the context alive.</summary>
internal abstract class DriverHandle : SafeHandle
{
    private readonly PrimaryContext _context;

    /// <summary>Takes ownership of a handle.</summary>
    protected DriverHandle(PrimaryContext context, nint value) : base(0, ownsHandle: true)
    {
        bool added = false;
        context.DangerousAddRef(ref added);
        _context = context;
        SetHandle(value);
    }

    /// <inheritdoc/>
    public sealed override bool IsInvalid => handle == 0;

    /// <summary>The native handle.</summary>
    public nint Value => handle;

    /// <inheritdoc/>
    protected sealed override bool ReleaseHandle()
    {
        // Finalizers run on their own thread, where no context is current.
        bool released = _context.TryMakeCurrent() == DriverStatus.Success && Destroy() == DriverStatus.Success;
        _context.DangerousRelease();
        return released;
    }

    /// <summary>Destroys the object.</summary>
    protected abstract DriverStatus Destroy();
}

/// <summary>A stream that does not wait for the default stream.</summary>
internal sealed class CudaStream : DriverHandle
{
    private CudaStream(PrimaryContext context, nint value) : base(context, value)
    {
    }

    /// <summary>Creates a stream in the context.</summary>
    public static CudaStream Create(PrimaryContext context)
    {
        context.MakeCurrent();
        Check(cuStreamCreate(out nint stream, NonBlocking));
        return new CudaStream(context, stream);
    }

    /// <inheritdoc/>
    protected override DriverStatus Destroy() => cuStreamDestroy_v2(handle);
}

/// <summary>A point in the order of a stream's work.</summary>
internal sealed class CudaEvent : DriverHandle
{
    // The first driver version with cuEventElapsedTime_v2; it deprecates the first form.
    private const int SecondForm = 12080;

    private CudaEvent(PrimaryContext context, nint value) : base(context, value)
    {
    }

    /// <summary>Creates an event in the context.</summary>
    public static CudaEvent Create(PrimaryContext context, bool timing)
    {
        context.MakeCurrent();
        Check(cuEventCreate(out nint marker, timing ? Timing : NoTiming));
        return new CudaEvent(context, marker);
    }

    /// <summary>The seconds from this event to another one, both with timing and both reached by their streams.</summary>
    public double SecondsUntil(CudaEvent end)
    {
        Check(cuDriverGetVersion(out int version));
        float milliseconds;
        if (version >= SecondForm && NativeLibraries.Exports(NativeLibraries.Cuda, nameof(cuEventElapsedTime_v2)))
        {
            Check(cuEventElapsedTime_v2(out milliseconds, handle, end.handle));
        }
        else
        {
            Check(cuEventElapsedTime(out milliseconds, handle, end.handle));
        }

        return milliseconds / 1000.0;
    }

    /// <inheritdoc/>
    protected override DriverStatus Destroy() => cuEventDestroy_v2(handle);
}

/// <summary>Compiled kernels.</summary>
internal sealed class CudaModule : DriverHandle
{
    /// <summary>Takes ownership of a module.</summary>
    public CudaModule(PrimaryContext context, nint value) : base(context, value)
    {
    }

    /// <inheritdoc/>
    protected override DriverStatus Destroy() => cuModuleUnload(handle);
}

/// <summary>A captured graph.</summary>
internal sealed class CudaGraph : DriverHandle
{
    /// <summary>Takes ownership of a graph.</summary>
    public CudaGraph(PrimaryContext context, nint value) : base(context, value)
    {
    }

    /// <inheritdoc/>
    protected override DriverStatus Destroy() => cuGraphDestroy(handle);
}

/// <summary>A graph that can be launched.</summary>
internal sealed class CudaExecutableGraph : DriverHandle
{
    /// <summary>Takes ownership of an executable graph.</summary>
    public CudaExecutableGraph(PrimaryContext context, nint value) : base(context, value)
    {
    }

    /// <inheritdoc/>
    protected override DriverStatus Destroy() => cuGraphExecDestroy(handle);
}
