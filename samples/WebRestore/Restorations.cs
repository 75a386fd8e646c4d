using System.Collections.Concurrent;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Samples.WebRestore;

/// <summary>The restorations of the service. Only the latest are kept.</summary>
/// <param name="device">The device that all restorers run on, in turns.</param>
public sealed class Restorations(Device device) : IDisposable
{
    private const int MostKept = 50;

    private readonly ConcurrentDictionary<string, Restorer> _restorers = new();
    private readonly ConcurrentDictionary<Guid, Restoration> _all = new();
    private readonly ConcurrentQueue<Guid> _order = new();

    /// <summary>Begins to restore a picture.</summary>
    /// <exception cref="InputException">There is no such task, or the picture does not fit it.</exception>
    public Guid Start(string task, Picture picture)
    {
        Restorer restorer;
        lock (_restorers)
        {
            restorer = _restorers.GetOrAdd(task, name => Restorer.Load(name, device));
        }

        if (restorer.WhyNot(picture.Image.Shape) is { } reason)
        {
            throw new InputException(reason);
        }

        var restoration = new Restoration(restorer, picture);
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
        return true;
    }

    /// <summary>Waits for the work that was begun, and frees the restorers.</summary>
    public void Dispose()
    {
        foreach (Restoration restoration in _all.Values)
        {
            restoration.Cancel();
        }

        Task.WhenAll(_all.Values.Select(restoration => restoration.Work)).GetAwaiter().GetResult();
        foreach (Restorer restorer in _restorers.Values)
        {
            restorer.Dispose();
        }
    }
}
