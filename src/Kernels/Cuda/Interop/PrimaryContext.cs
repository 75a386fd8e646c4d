using System.Runtime.InteropServices;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>
/// A reference to the primary context of a GPU, which libraries use too. It is released when its owner and all objects
/// in it are disposed.
/// </summary>
internal sealed class PrimaryContext : SafeHandle
{
    // The reference that this thread made current last; it is unset when that reference is released. References are
    // numbered, since a context that is released and retained again can have the same address.
    [ThreadStatic]
    private static long _current;

    private static long _count;
    private readonly long _number = Interlocked.Increment(ref _count);
    private readonly int _device;

    private PrimaryContext(int device, nint value) : base(0, ownsHandle: true)
    {
        _device = device;
        SetHandle(value);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Retains the primary context of a device.</summary>
    public static PrimaryContext Retain(int device)
    {
        Check(cuDevicePrimaryCtxRetain(out nint context, device));
        return new PrimaryContext(device, context);
    }

    /// <summary>
    /// Makes the context current on the calling thread. It is set at every call: other code on the thread may have set
    /// a different one.
    /// </summary>
    public void MakeCurrent()
    {
        Check(cuCtxSetCurrent(handle));
        _current = _number;
    }

    /// <summary>Makes the context current on the calling thread; returns the status.</summary>
    public DriverStatus TryMakeCurrent()
    {
        DriverStatus status = cuCtxSetCurrent(handle);
        _current = status == DriverStatus.Success ? _number : 0;
        return status;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        if (_current == _number)
        {
            _ = cuCtxSetCurrent(0);
            _current = 0;
        }

        return cuDevicePrimaryCtxRelease_v2(_device) == DriverStatus.Success;
    }
}
