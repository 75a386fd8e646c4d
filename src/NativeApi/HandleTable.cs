using System.Collections.Concurrent;

namespace InfAdmm.NativeApi;

/// <summary>
/// The restorers by handle. A handle is a number and not an address, and none is given twice, so that a wrong one and one
/// that was destroyed are found.
/// </summary>
internal sealed class HandleTable
{
    private readonly ConcurrentDictionary<ulong, RestorerHandle> _restorers = new();
    private ulong _last;

    /// <summary>The number of restorers.</summary>
    public int Count => _restorers.Count;

    /// <summary>Adds a restorer, which the table then owns.</summary>
    public ulong Add(RestorerHandle restorer)
    {
        ulong handle = Interlocked.Increment(ref _last);
        _restorers[handle] = restorer;
        return handle;
    }

    /// <summary>Returns the restorer of a handle.</summary>
    /// <exception cref="CallException">The handle was never given out, or its restorer was destroyed.</exception>
    public RestorerHandle Find(ulong handle) =>
        _restorers.TryGetValue(handle, out RestorerHandle? restorer) ? restorer : throw Unknown(handle);

    /// <summary>Removes a restorer and frees it.</summary>
    /// <exception cref="CallException">
    /// The handle was never given out, or its restorer was destroyed, or another thread uses it; it is then not destroyed.
    /// </exception>
    public void Destroy(ulong handle)
    {
        RestorerHandle restorer = Find(handle);
        restorer.Enter();
        _restorers.TryRemove(handle, out _);
        restorer.Dispose();
    }

    private CallException Unknown(ulong handle) => new(
        Status.BadHandle,
        handle != 0 && handle <= Volatile.Read(ref _last)
            ? $"the restorer {handle} was destroyed"
            : $"there is no restorer {handle}: pass the handle that infadmm_create gave");
}
