using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Cli.Restore;

/// <summary>
/// Restores many pictures at once, on as many threads as the device has. Several small pictures on one thread each take
/// less time than one after another on all threads, which mostly wait for each other; a large picture, whose workspace
/// needs much memory, gets all threads and is restored alone. A GPU restores one picture at a time. The results do not
/// depend on it.
/// </summary>
internal sealed class RestorerPool : IDisposable
{
    // A workspace for it takes about 130 MB.
    private const int LargestSmallPicture = 512 * 512;

    private const int MostWorkersOfGpu = 8;

    private readonly Device _device;
    private readonly Restorer _whole;
    private readonly List<(Device Device, Restorer Restorer)> _single = [];
    private readonly Stack<Restorer> _idle = [];
    private readonly SemaphoreSlim _turns;
    private readonly SemaphoreSlim _wholeTurn = new(1);

    /// <summary>Creates the restorers.</summary>
    /// <param name="device">The device with all threads. The caller owns it.</param>
    /// <param name="options">Creates a restorer.</param>
    /// <param name="weights">The prior.</param>
    /// <param name="restoration">The options of the restorers.</param>
    /// <param name="note">Called with what the user should know about the prior and the z-solver.</param>
    public RestorerPool(
        Device device, RestorerOptions options, PriorWeights weights, RestorationOptions restoration, Action<string> note)
    {
        _device = device;
        _whole = options.Create(device, weights, restoration, note);
        int threads = device is CpuDevice && device.Threads > 1 ? device.Threads : 0;
        for (int i = 0; i < threads; i++)
        {
            var single = CpuDevice.Create(1);
            _single.Add((single, new Restorer(single, weights, restoration)));
            _idle.Push(_single[i].Restorer);
        }

        _turns = new SemaphoreSlim(threads);
    }

    /// <summary>
    /// How many workers keep all cores busy: while as many as there are restorers restore, the others read and write. A
    /// GPU needs more of them.
    /// </summary>
    public int Workers => _device is CpuDevice
        ? 2 * Math.Max(1, _single.Count)
        : 1 + Math.Min(Environment.ProcessorCount, MostWorkersOfGpu);

    /// <summary>A restorer, for what is the same for all.</summary>
    public Restorer Any => _whole;

    /// <summary>Works with a restorer that is free, or waits for one.</summary>
    /// <param name="measurement">The shape of the measurement.</param>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public void Use(Shape measurement, Action<Restorer> work, CancellationToken cancellation)
    {
        if (_single.Count > 0 && _whole.RestoredShape(measurement).PlaneSize <= LargestSmallPicture)
        {
            UseSingle(work, cancellation);
        }
        else
        {
            UseWhole(work, cancellation);
        }
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        foreach ((Device device, Restorer restorer) in _single)
        {
            restorer.Dispose();
            device.Dispose();
        }

        _whole.Dispose();
        _turns.Dispose();
        _wholeTurn.Dispose();
    }

    private void UseSingle(Action<Restorer> work, CancellationToken cancellation)
    {
        _turns.Wait(cancellation);
        Restorer restorer;
        lock (_idle)
        {
            restorer = _idle.Pop();
        }

        try
        {
            work(restorer);
        }
        finally
        {
            lock (_idle)
            {
                _idle.Push(restorer);
            }

            _turns.Release();
        }
    }

    /// <summary>Waits until no other picture is restored, and keeps the others waiting.</summary>
    private void UseWhole(Action<Restorer> work, CancellationToken cancellation)
    {
        _wholeTurn.Wait(cancellation);
        int turns = 0;
        try
        {
            for (; turns < _single.Count; turns++)
            {
                _turns.Wait(cancellation);
            }

            work(_whole);
        }
        finally
        {
            if (turns > 0)
            {
                _turns.Release(turns);
            }

            _wholeTurn.Release();
        }
    }
}
