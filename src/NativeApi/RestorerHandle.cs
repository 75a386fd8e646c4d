using InfAdmm.Engine;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.NativeApi;

/// <summary>What a handle stands for: a restorer and the device that it runs on, used by one thread at a time.</summary>
internal sealed class RestorerHandle : IDisposable
{
    private readonly CpuDevice _device;
    private int _isInUse;

    /// <summary>Creates a restorer with the built-in prior of a task.</summary>
    /// <param name="task">The name of the task.</param>
    /// <param name="threads">The number of threads; 0 for one per core.</param>
    /// <exception cref="InputException">There is no such task.</exception>
    public RestorerHandle(string task, int threads)
    {
        _device = CpuDevice.Create(threads);
        try
        {
            Restorer = Restorer.Load(task, _device);
        }
        catch
        {
            _device.Dispose();
            throw;
        }
    }

    /// <summary>The restorer. Only between <see cref="Enter"/> and <see cref="Leave"/> may it restore.</summary>
    public Restorer Restorer { get; }

    /// <summary>Begins a use by this thread.</summary>
    /// <exception cref="CallException">Another thread uses the restorer.</exception>
    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _isInUse, 1, 0) != 0)
        {
            throw new CallException(
                Status.Busy, "another thread uses this restorer: wait until it has finished, or create one for each thread");
        }
    }

    /// <summary>Ends a use.</summary>
    public void Leave() => Volatile.Write(ref _isInUse, 0);

    /// <summary>Frees everything. The caller has entered and does not leave, so that nobody enters again.</summary>
    public void Dispose()
    {
        Restorer.Dispose();
        _device.Dispose();
    }
}
