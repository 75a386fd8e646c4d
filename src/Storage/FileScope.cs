using System.Collections.Concurrent;
using InfAdmm.Engine;

namespace InfAdmm.Storage;

/// <summary>
/// What a run of a program may do with files: its inputs are never replaced, and waiting for a pipe ends when the run is
/// cancelled. Holds from its creation to its disposal for everything that the run calls, on any thread. A scope within
/// another adds its inputs to those of the outer one.
/// </summary>
public sealed class FileScope : IDisposable
{
    private static readonly AsyncLocal<FileScope?> Current = new();

    private readonly FileScope? _outer;
    private readonly Lazy<FileSet> _inputs;
    private readonly CancellationToken _cancellation;
    private readonly ConcurrentDictionary<string, bool> _tidied;

    /// <summary>Begins the run.</summary>
    /// <param name="inputs">The files that the run reads; enumerated once, when a file is about to be replaced.</param>
    /// <param name="cancellation">Ends waiting for pipes.</param>
    public FileScope(IEnumerable<string> inputs, CancellationToken cancellation)
    {
        _inputs = new Lazy<FileSet>(() => new FileSet(inputs));
        _cancellation = cancellation;
        _outer = Current.Value;
        _tidied = _outer?._tidied ?? new ConcurrentDictionary<string, bool>(FileSet.PathComparer);
        Current.Value = this;
    }

    /// <summary>Ends the run.</summary>
    public void Dispose() => Current.Value = _outer;

    /// <summary>Throws if a path leads to an input of the run.</summary>
    /// <exception cref="InputException">It does; the message names the file and the fix.</exception>
    internal static void CheckReplaceable(string path)
    {
        if (Current.Value is null || FileIdentity.Of(path) is null)
        {
            return;
        }

        for (FileScope? scope = Current.Value; scope is not null; scope = scope._outer)
        {
            if (scope._inputs.Value.Find(path) is { } input)
            {
                throw new InputException($"'{input}' would be overwritten, which this run reads; choose another file");
            }
        }
    }

    /// <summary>
    /// Whether a directory is to be searched for abandoned files now: once in a run, because searching a large one for each
    /// file that is written takes longer than writing it.
    /// </summary>
    internal static bool IsToBeTidied(string directory) =>
        Current.Value is not { } scope || scope._tidied.TryAdd(directory, true);

    /// <summary>
    /// Does what may wait for another program, such as opening a pipe, until the run is cancelled. The thread that waits
    /// cannot be interrupted; it is left to itself.
    /// </summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    internal static T Wait<T>(Func<T> work)
    {
        CancellationToken cancellation = Current.Value?._cancellation ?? CancellationToken.None;
        Task<T> waiting = Task.Factory.StartNew(
            work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return waiting.WaitAsync(cancellation).GetAwaiter().GetResult();
    }
}
