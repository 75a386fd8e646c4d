using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The body of a parallel loop: plain pointers and numbers, so that it can be on the caller's stack.
/// </summary>
internal interface IJob
{
    /// <summary>
    /// Computes piece <paramref name="index"/> of the loop. <paramref name="worker"/> is the number of the thread,
    /// which selects its scratch memory.
    /// </summary>
    void Execute(int index, int worker);
}

/// <summary>
/// The threads of a CPU device. A loop allocates nothing and starts no thread: workers spin for a while before they
/// sleep, waiting for the next loop. Threads claim one piece at a time, so that cores of different speed stay busy. The
/// caller claims from the front and the workers from the back, so that in consecutive loops a core gets about the same
/// pieces and finds their data in its cache. Results must not depend on which thread computes which piece. Only one
/// loop runs at a time: a caller that finds another one at work runs its loop alone.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    /// <summary>Reads of a shared counter before a thread gives up its core: a few tenths of a millisecond.</summary>
    private const int SpinsBeforeSleep = 100_000;

    /// <summary>Reads between two pause instructions: a virtual machine that pauses too often is descheduled.</summary>
    private const int SpinsBetweenPauses = 64;

    private const int SpinsBetweenClocks = 1024;

    private readonly Thread[] _threads;
    private readonly object _gate = new();
    private readonly long _watchTicks;

    // 1 while a caller has the threads.
    private int _taken;

    // The open loop. Its fields change only while no worker is inside and no claim can succeed, because the range is
    // empty.
    private delegate*<void*, int, int, void> _body;
    private void* _job;
    private Counters _shared;
    private int _sleeping;
    private bool _stopping;

    public WorkerPool(int threads, CpuThreadOptions? options = null)
    {
        Count = threads;
        _watchTicks = options?.Watch is { } watch ? (long)(watch.TotalSeconds * Stopwatch.Frequency) : -1;
        _threads = new Thread[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            int? core = options?.Cores.Count > 0 ? options.Cores[i % options.Cores.Count] : null;
            _threads[i] = new Thread(() => Work(worker, core))
            {
                IsBackground = true,
                Name = $"InfAdmm worker {worker}",
                Priority = options?.Priority ?? ThreadPriority.Normal,
            };
            _threads[i].Start();
        }
    }

    /// <summary>The number of threads that share a loop, including the caller.</summary>
    public int Count { get; }

    /// <summary>
    /// Executes the job for every index in [0, count) and returns when all are done. If <paramref name="small"/> is
    /// true, the caller does it alone.
    /// </summary>
    public void Run<TJob>(in TJob job, int count, bool small = false)
        where TJob : unmanaged, IJob
    {
        TJob local = job;
        if (count <= 1 || small || _threads.Length == 0 || Interlocked.Exchange(ref _taken, 1) != 0)
        {
            for (int index = 0; index < count; index++)
            {
                local.Execute(index, 0);
            }

            return;
        }

        try
        {
            RunOnAll(ref local, count);
        }
        finally
        {
            Volatile.Write(ref _taken, 0);
        }
    }

    private void RunOnAll<TJob>(ref TJob local, int count)
        where TJob : unmanaged, IJob
    {
        AwaitWorkers();
        _body = &Invoke<TJob>;
        _job = Unsafe.AsPointer(ref local);
        _shared.Completed = 0;
        Interlocked.Exchange(ref _shared.Range, (uint)count);
        if (Volatile.Read(ref _sleeping) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }

        int done = 0;
        try
        {
            while (TryClaim(fromFront: true, out int index))
            {
                local.Execute(index, 0);
                done++;
            }
        }
        catch
        {
            // The job is on this stack, so no worker may read it any more.
            Interlocked.Exchange(ref _shared.Range, 0);
            AwaitWorkers();
            throw;
        }

        Interlocked.Add(ref _shared.Completed, done);
        for (int spin = 0; Volatile.Read(ref _shared.Completed) < count; spin++)
        {
            Wait(spin);
        }
    }

    /// <summary>Ends the threads soon, without waiting for them.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        Stop();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private static void Invoke<TJob>(void* job, int index, int worker)
        where TJob : unmanaged, IJob
        => Unsafe.AsRef<TJob>(job).Execute(index, worker);

    /// <summary>Waits until no worker is inside the open loop.</summary>
    private void AwaitWorkers()
    {
        for (int spin = 0; Volatile.Read(ref _shared.Inside) != 0; spin++)
        {
            Wait(spin);
        }
    }

    /// <summary>With more threads than cores, the thread that is waited for may need this core.</summary>
    private static void Wait(int spin)
    {
        if (spin >= SpinsBeforeSleep)
        {
            Thread.Yield();
        }
        else if (spin % SpinsBetweenPauses == SpinsBetweenPauses - 1)
        {
            Thread.SpinWait(1);
        }
    }

    private bool TryClaim(bool fromFront, out int index)
    {
        while (true)
        {
            long range = Volatile.Read(ref _shared.Range);
            int front = (int)(range >> 32);
            int back = (int)range;
            index = fromFront ? front : back - 1;
            if (front >= back)
            {
                return false;
            }

            long rest = fromFront ? range + (1L << 32) : range - 1;
            if (Interlocked.CompareExchange(ref _shared.Range, rest, range) == range)
            {
                return true;
            }
        }
    }

    /// <summary>Claims and executes pieces of the open loop until none is left.</summary>
    private void Help(int worker)
    {
        Interlocked.Increment(ref _shared.Inside);
        int done = 0;
        while (TryClaim(fromFront: false, out int index))
        {
            _body(_job, index, worker);
            done++;
        }

        if (done > 0)
        {
            Interlocked.Add(ref _shared.Completed, done);
        }

        Interlocked.Decrement(ref _shared.Inside);
    }

    private bool HasWork()
    {
        long range = Volatile.Read(ref _shared.Range);
        return (int)(range >> 32) < (int)range;
    }

    private void Work(int worker, int? core)
    {
        if (core is { } bound)
        {
            ThreadAffinity.Bind(bound);
        }

        while (true)
        {
            long start = _watchTicks < 0 ? 0 : Stopwatch.GetTimestamp();
            for (int spin = 0; !HasWork() && !Volatile.Read(ref _stopping) && MayWatch(spin, start); spin++)
            {
                Wait(spin % SpinsBeforeSleep);
            }

            if (HasWork())
            {
                Help(worker);
                continue;
            }

            lock (_gate)
            {
                Interlocked.Increment(ref _sleeping);
                while (!HasWork() && !_stopping)
                {
                    Monitor.Wait(_gate);
                }

                Interlocked.Decrement(ref _sleeping);
                if (_stopping)
                {
                    return;
                }
            }

            Help(worker);
        }
    }

    /// <summary>Whether a thread without work goes on watching for it.</summary>
    private bool MayWatch(int spin, long start) => _watchTicks < 0
        ? spin < SpinsBeforeSleep
        : spin % SpinsBetweenClocks != 0 || Stopwatch.GetTimestamp() - start < _watchTicks;

    /// <summary>Shared counters, each on its own pair of cache lines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Counters
    {
        /// <summary>The pieces not yet claimed: (front &lt;&lt; 32 | back).</summary>
        [FieldOffset(128)]
        public long Range;

        /// <summary>Pieces done; each thread adds its own when it finds no more.</summary>
        [FieldOffset(256)]
        public int Completed;

        /// <summary>The number of workers inside the open loop.</summary>
        [FieldOffset(384)]
        public int Inside;
    }
}
