using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using InfAdmm.Engine;
using static InfAdmm.Mpi.MpiFunctions;

namespace InfAdmm.Mpi;

/// <summary>
/// The processes that an MPI launcher started (mpirun, mpiexec, srun). One thread makes all calls of the library, which then
/// needs no support for threads; it also drives what was started while the program computes, and notices a lost process: each
/// process tells the next one every second that it lives.
/// </summary>
public sealed unsafe class MpiGroup : ProcessGroup
{
    private const int ValuesTag = 1;
    private const int LifeTag = 2;
    private const double Alive = 1;
    private const double Leaving = 2;

    // A process whose thread did not run for a while, as on a suspended machine, cannot tell who was silent.
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(5);

    // Between looks at what runs in the background, and how many times to look then: a sum moves on in many small steps.
    private const int LooksPerPause = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan IdlePause = TimeSpan.FromMilliseconds(100);

    private readonly MpiLauncher _launcher;
    private readonly Action<ProcessGroupException>? _lost;
    private readonly ConcurrentQueue<Operation> _queue = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Operation> _running = [];
    private readonly double[] _sentLife = GC.AllocateArray<double>(1, pinned: true);
    private readonly double[] _heardLife = GC.AllocateArray<double>(1, pinned: true);
    private readonly Thread _thread;
    private MpiLibrary _library = null!;
    private Operation? _life;
    private Operation? _hearing;
    private long _lastSent;
    private long _lastHeard;
    private long _lastLook;
    private int _rank;
    private int _size;
    private int _localRank;
    private int _localSize;
    private bool _isLeaving;
    private int _waiting;
    private int _abortCode = -1;
    private volatile ProcessGroupException? _failure;

    private MpiGroup(MpiLauncher launcher, Action<ProcessGroupException>? lost)
    {
        _launcher = launcher;
        _lost = lost;
        _thread = new Thread(Run) { IsBackground = true, Name = "mpi" };
        _thread.Start();
        _started.Task.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override int Rank => _rank;

    /// <inheritdoc/>
    public override int Size => _size;

    /// <inheritdoc/>
    public override int LocalRank => _localRank;

    /// <inheritdoc/>
    public override int LocalSize => _localSize;

    /// <summary>The file of the library.</summary>
    public string Library => _library.File;

    /// <summary>
    /// Joins the processes that a launcher started together with this one. Loads nothing if the process was started alone.
    /// </summary>
    /// <param name="lost">
    /// Called on another thread if a process is lost, before all that this process waits for fails; null for nothing.
    /// </param>
    /// <returns>The group; <see cref="ProcessGroup.Alone"/> if there are no other processes.</returns>
    /// <exception cref="InputException">There is no MPI library, or it is not that of the launcher.</exception>
    /// <exception cref="ProcessGroupException">The library cannot start.</exception>
    public static ProcessGroup Join(Action<ProcessGroupException>? lost = null) =>
        MpiLauncher.Find(Environment.GetEnvironmentVariable) is { } launcher ? new MpiGroup(launcher, lost) : Alone;

    /// <summary>The command that started this process as one of several; null if it was started alone.</summary>
    public static string? Launcher => MpiLauncher.Find(Environment.GetEnvironmentVariable)?.Name;

    /// <inheritdoc/>
    public override Task SumAsync(Memory<float> values) => Start(values, (pointer, request) => MPI_Iallreduce(
        (void*)_library.InPlace, pointer, values.Length, _library.Float, _library.Sum, _library.World, request));

    /// <inheritdoc/>
    public override void Sum(Span<double> values)
    {
        double[] copy = values.ToArray();
        Wait(Start(copy.AsMemory(), (pointer, request) => MPI_Iallreduce(
            (void*)_library.InPlace, pointer, copy.Length, _library.Double, _library.Sum, _library.World, request)));
        copy.CopyTo(values);
    }

    /// <inheritdoc/>
    public override Task SendAsync(Memory<float> values, int to) => Start(values, (pointer, request) => MPI_Isend(
        pointer, values.Length, _library.Float, to, ValuesTag, _library.World, request));

    /// <inheritdoc/>
    public override Task ReceiveAsync(Memory<float> values, int from) => Start(values, (pointer, request) => MPI_Irecv(
        pointer, values.Length, _library.Float, from, ValuesTag, _library.World, request));

    /// <inheritdoc/>
    public override Task BroadcastAsync(Memory<float> values, int from) => Start(values, (pointer, request) => MPI_Ibcast(
        pointer, values.Length, _library.Float, from, _library.World, request));

    /// <inheritdoc/>
    public override void Wait(Task task)
    {
        Interlocked.Increment(ref _waiting);
        _wake.Set();
        try
        {
            task.GetAwaiter().GetResult();
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <inheritdoc/>
    public override void ThrowIfLost()
    {
        if (_failure is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Ends this process and all others at once, after a failure that the others do not know of.</summary>
    /// <param name="exitCode">The exit code, above 0.</param>
    public void Abort(int exitCode)
    {
        if (Thread.CurrentThread == _thread)
        {
            _ = MPI_Abort(_library.World, exitCode);
        }
        else
        {
            _abortCode = exitCode;
            _wake.Set();
            _thread.Join(TimeSpan.FromSeconds(5));
        }

        Environment.Exit(exitCode);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _failure is null)
        {
            Leave();
        }

        base.Dispose(disposing);
    }

    private void Leave()
    {
        try
        {
            Sum([0]);
        }
        catch (ProcessGroupException)
        {
            // A process was lost after all work was done.
            return;
        }

        _isLeaving = true;
        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private Task Start<T>(Memory<T> values, Starter start)
    {
        if (_failure is { } failure)
        {
            return Task.FromException(failure);
        }

        var operation = new Operation(values.Pin(), start);
        _queue.Enqueue(operation);
        _wake.Set();
        if (_failure is { } late)
        {
            operation.Fail(late);
        }

        return operation.Done.Task;
    }

    private void Run()
    {
        try
        {
            Initialize();
            _started.SetResult();
        }
        catch (Exception failure)
        {
            _started.SetException(failure);
            return;
        }

        try
        {
            while (Look())
            {
            }

            _ = MPI_Finalize();
        }
        catch (ProcessGroupException failure)
        {
            Fail(failure);
        }
    }

    private void Initialize()
    {
        _library = MpiLibrary.Load(_launcher);
        int provided;
        Check(MPI_Init_thread(null, null, Funneled, &provided));
        Check(MPI_Comm_set_errhandler(_library.World, _library.ErrorsReturn));
        int rank;
        int size;
        Check(MPI_Comm_rank(_library.World, &rank));
        Check(MPI_Comm_size(_library.World, &size));
        (_rank, _size) = (rank, size);
        if (size == 1 || (_launcher.Size is { } started && started != size))
        {
            _ = MPI_Finalize();
            throw new InputException(
                $"{_launcher.Name} started {_launcher.SizeText}, but {_library.File} sees {size}: it is not the library of this " +
                $"launcher; start with its own mpirun, or name another library in {MpiLibrary.PathVariable}");
        }

        FindNeighbours();
        _lastHeard = _lastLook = Stopwatch.GetTimestamp();
        Hear();
    }

    /// <summary>Numbers the processes on this machine, by rank.</summary>
    private void FindNeighbours()
    {
        nint machine = 0;
        int rank;
        int size;
        Check(MPI_Comm_split_type(_library.World, _library.OneMachine, _rank, _library.NoInfo, &machine));
        Check(MPI_Comm_rank(machine, &rank));
        Check(MPI_Comm_size(machine, &size));
        Check(MPI_Comm_free(&machine));
        (_localRank, _localSize) = (rank, size);
    }

    /// <summary>Starts what was asked for, looks at what runs, and waits a little; false after leaving.</summary>
    private bool Look()
    {
        if (_abortCode >= 0)
        {
            _ = MPI_Abort(_library.World, _abortCode);
        }

        while (_queue.TryDequeue(out Operation? operation))
        {
            Begin(operation);
        }

        bool isBusy = false;
        for (int i = 0; i < (_waiting > 0 ? 1 : LooksPerPause) && _running.Count > 0; i++)
        {
            isBusy |= _running.RemoveAll(IsDone) > 0;
        }

        if (!TellAndHear())
        {
            return false;
        }

        if (_waiting > 0 && _running.Count > 0)
        {
            Thread.Yield();
        }
        else if (!isBusy)
        {
            _wake.Wait(_running.Count > 0 || _isLeaving ? Pause : IdlePause);
            _wake.Reset();
        }

        return true;
    }

    private void Begin(Operation operation)
    {
        try
        {
            operation.Begin();
        }
        catch (ProcessGroupException failure)
        {
            operation.Fail(failure);
            throw;
        }

        _running.Add(operation);
    }

    private bool IsDone(Operation operation)
    {
        int isDone;
        Check(MPI_Test(operation.Request, &isDone, (void*)_library.StatusIgnore));
        if (isDone != 0)
        {
            operation.End();
        }

        return isDone != 0;
    }

    /// <summary>
    /// Tells the next process that this one lives, and hears the one before it. False once this process has told that it leaves,
    /// and the one before it too.
    /// </summary>
    private bool TellAndHear()
    {
        long now = Stopwatch.GetTimestamp();
        if (Stopwatch.GetElapsedTime(_lastLook, now) > LongestGap)
        {
            _lastHeard = now;
        }

        _lastLook = now;
        if (_life is not null && IsDone(_life))
        {
            _life = null;
        }

        bool hasTold = _sentLife[0] == Leaving;
        if (_life is null && !hasTold && (_isLeaving || Stopwatch.GetElapsedTime(_lastSent, now) > Beat))
        {
            _lastSent = now;
            _sentLife[0] = _isLeaving ? Leaving : Alive;
            _life = Own(_sentLife, (pointer, request) => MPI_Isend(
                pointer, 1, _library.Double, (_rank + 1) % _size, LifeTag, _library.World, request));
        }

        if (_hearing is not null && IsDone(_hearing))
        {
            _lastHeard = now;
            _hearing = null;
            if (_heardLife[0] != Leaving)
            {
                Hear();
            }
        }

        int previous = (_rank + _size - 1) % _size;
        if (_hearing is not null && Stopwatch.GetElapsedTime(_lastHeard, now) > LongestSilence)
        {
            throw new ProcessGroupException(
                $"process {previous} of {_size} was lost: it has been silent for {LongestSilence.TotalSeconds:0} s");
        }

        return !(hasTold && _life is null && _hearing is null);
    }

    private void Hear() => _hearing = Own(_heardLife, (pointer, request) => MPI_Irecv(
        pointer, 1, _library.Double, (_rank + _size - 1) % _size, LifeTag, _library.World, request));

    private static Operation Own(double[] values, Starter start)
    {
        var operation = new Operation(values.AsMemory().Pin(), start);
        operation.Begin();
        return operation;
    }

    private void Fail(ProcessGroupException failure)
    {
        _failure = failure;
        _lost?.Invoke(failure);
        foreach (Operation operation in _running)
        {
            operation.Fail(failure);
        }

        while (_queue.TryDequeue(out Operation? operation))
        {
            operation.Fail(failure);
        }
    }

    private delegate int Starter(void* values, nint* request);

    /// <summary>A call that was started and goes on in the background. Its values stay where they are until it ends.</summary>
    private sealed class Operation(MemoryHandle values, Starter start)
    {
        private readonly nint[] _request = GC.AllocateArray<nint>(1, pinned: true);

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public nint* Request => (nint*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _request[0]);

        public void Begin() => Check(start(values.Pointer, Request));

        public void End()
        {
            values.Dispose();
            Done.TrySetResult();
        }

        /// <summary>The values stay pinned: the library may still write them.</summary>
        public void Fail(Exception failure) => Done.TrySetException(failure);
    }
}
