namespace InfAdmm.Engine;

/// <summary>
/// Memory on a device, in float32 elements. Each backend derives its own sealed class, and only that backend can access
/// the contents.
/// </summary>
public abstract class DeviceBuffer : IDisposable
{
    /// <summary>Creates a buffer of <paramref name="length"/> elements.</summary>
    protected DeviceBuffer(long length) => Length = length;

    /// <summary>The number of float32 elements.</summary>
    public long Length { get; }

    /// <summary>True after the memory was returned to the device.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Returns the memory to its device. Further calls do nothing.</summary>
    public void Dispose()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            Release();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Returns the memory to the device; called once.</summary>
    protected abstract void Release();
}
