namespace InfAdmm.Engine;

/// <summary>
/// Detects an object that is used by two threads at once, or after it was disposed. A thread may enter again while it is
/// inside: an op may call other ops.
/// </summary>
/// <param name="owner">The object, named in the errors.</param>
public sealed class UseGuard(object owner)
{
    private int _thread;
    private int _depth;
    private volatile bool _isDisposed;

    /// <summary>Begins a use by this thread, which ends when the result is disposed.</summary>
    /// <exception cref="InvalidOperationException">Another thread uses the object.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public Scope Enter()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, owner);
        int thread = Environment.CurrentManagedThreadId;
        if (_thread != thread && Interlocked.CompareExchange(ref _thread, thread, 0) != 0)
        {
            throw InUse();
        }

        _depth++;
        return new Scope(this);
    }

    /// <summary>Ends all use. Does nothing if it was called before.</summary>
    /// <returns>True the first time.</returns>
    /// <exception cref="InvalidOperationException">Another thread uses the object.</exception>
    public bool TryClose()
    {
        if (_isDisposed)
        {
            return false;
        }

        using Scope use = Enter();
        _isDisposed = true;
        return true;
    }

    private InvalidOperationException InUse() => new(
        $"{owner.GetType().Name.Split('`')[0]} is in use by another thread: use it from one thread at a time, or create " +
        "one for each thread");

    private void Leave()
    {
        if (--_depth == 0)
        {
            Volatile.Write(ref _thread, 0);
        }

        // The owner may have a finalizer that frees what the use works on.
        GC.KeepAlive(owner);
    }

    /// <summary>One use of the object.</summary>
    public readonly ref struct Scope
    {
        private readonly UseGuard _guard;

        internal Scope(UseGuard guard) => _guard = guard;

        /// <summary>Ends the use.</summary>
        public void Dispose() => _guard.Leave();
    }
}
