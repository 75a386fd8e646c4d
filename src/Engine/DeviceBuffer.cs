namespace InfAdmm.Engine;

/// <summary>
/// Memory on a device, in float32 elements. Each backend derives its own sealed owner; only that backend knows how
/// to reach the contents.
/// </summary>
public abstract class DeviceBuffer : IDisposable
{
    /// <summary>Creates a buffer of <paramref name="length"/> elements.</summary>
    protected DeviceBuffer(long length) => Length = length;

    /// <summary>The count of float32 elements.</summary>
    public long Length { get; }

    /// <summary>True once the memory was given back.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Gives the memory back to its device. A second call does nothing.</summary>
    public void Dispose()
    {
        if (!IsDisposed)
        {
            IsDisposed = true;
            Release();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back; called once.</summary>
    protected abstract void Release();
}
