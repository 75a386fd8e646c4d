using System.Collections.Concurrent;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Samples.WebRestore;

/// <summary>The restorations of the service. Only the latest are kept.</summary>
/// <param name="threads">The threads that the devices of all tasks share.</param>
public sealed class Restorations(CpuThreads threads) : IDisposable
{
    private const int MostKept = 50;

    private readonly Dictionary<string, (CpuDevice Device, Restorer Restorer)> _restorers = [];
    private readonly ConcurrentDictionary<Guid, Restoration> _all = new();
    private readonly ConcurrentQueue<Guid> _order = new();
    private Task _work = Task.CompletedTask;

    /// <summary>Begins to restore a picture.</summary>
    /// <exception cref="InputException">There is no such task, or the picture does not fit it.</exception>
    public Guid Start(string task, Picture picture)
    {
        Restorer restorer = RestorerFor(task);
        if (restorer.WhyNot(picture.Image.Shape) is { } reason)
        {
            throw new InputException(reason);
        }

        var restoration = new Restoration(restorer, picture);
        lock (_restorers)
        {
            _work = _work.IsCompleted ? restoration.Work : Task.WhenAll(_work, restoration.Work);
        }

        var id = Guid.NewGuid();
        _all[id] = restoration;
        _order.Enqueue(id);
        while (_order.Count > MostKept && _order.TryDequeue(out Guid oldest))
        {
            Cancel(oldest);
        }

        return id;
    }

    /// <summary>Returns a restoration; null if there is none of this number, or no longer.</summary>
    public Restoration? Find(Guid id) => _all.GetValueOrDefault(id);

    /// <summary>Cancels a restoration and forgets it.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Cancel(Guid id)
    {
        if (!_all.TryRemove(id, out Restoration? restoration))
        {
            return false;
        }

        restoration.Cancel();
        _ = restoration.Work.ContinueWith(_ => restoration.Dispose(), TaskScheduler.Default);
        return true;
    }

    /// <summary>Waits for the work that was begun, and frees the restorers.</summary>
    public void Dispose()
    {
        foreach (Restoration restoration in _all.Values)
        {
            restoration.Cancel();
        }

        _work.GetAwaiter().GetResult();
        foreach (Restoration restoration in _all.Values)
        {
            restoration.Dispose();
        }

        foreach ((CpuDevice device, Restorer restorer) in _restorers.Values)
        {
            restorer.Dispose();
            device.Dispose();
        }
    }

    /// <summary>Each task has a device of its own, so that pictures of different tasks need not wait for each other.</summary>
    private Restorer RestorerFor(string task)
    {
        lock (_restorers)
        {
            if (!_restorers.TryGetValue(task, out (CpuDevice Device, Restorer Restorer) found))
            {
                CpuDevice device = CpuDevice.Create(threads);
                try
                {
                    found = (device, Restorer.Load(task, device));
                }
                catch
                {
                    device.Dispose();
                    throw;
                }

                _restorers.Add(task, found);
            }

            return found.Restorer;
        }
    }
}
