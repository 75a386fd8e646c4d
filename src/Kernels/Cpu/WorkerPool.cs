using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The body of a parallel loop: plain pointers and numbers, so that it can live on the caller's stack.
/// </summary>
internal interface IJob
{
    /// <summary>
    /// Does piece <paramref name="index"/>; <paramref name="worker"/> tells which scratch space is free.
    /// </summary>
    void Execute(int index, int worker);
}

/// <summary>
/// The threads of a CPU device. A loop costs no allocation and no thread start: workers spin for the next loop for a
/// while before they sleep. Pieces are claimed one by one, so uneven cores stay busy; results must not depend on who
/// takes which piece. One loop runs at a time.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 2000;
    private const int Closed = int.MaxValue;

    private readonly Thread[] _threads;
    private readonly object _gate = new();

    // The loop that is open. _ticket holds (generation << 32 | next piece); a claim compares and swaps it whole, so
    // a worker that read the fields of an older loop can never claim a piece of a newer one.
    private delegate*<void*, int, int, void> _body;
    private void* _job;
    private int _count;
    private long _ticket = Closed;
    private int _completed;
    private int _sleeping;
    private bool _stopping;

    public WorkerPool(int threads)
    {
        Count = threads;
        _threads = new Thread[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Work(worker)) { IsBackground = true, Name = $"InfAdmm worker {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>The count of threads that share a loop, the caller's included.</summary>
    public int Count { get; }

    /// <summary>Executes the job for every index in [0, count) and returns when all are done.</summary>
    public void Run<TJob>(in TJob job, int count)
        where TJob : unmanaged, IJob
    {
        TJob local = job;
        if (count <= 1 || _threads.Length == 0)
        {
            for (int index = 0; index < count; index++)
            {
                local.Execute(index, 0);
            }

            return;
        }

        long generation = (Volatile.Read(ref _ticket) >> 32) + 1;
        Interlocked.Exchange(ref _ticket, generation << 32 | Closed);
        _body = &Invoke<TJob>;
        _job = &local;
        _count = count;
        _completed = 0;
        Interlocked.Exchange(ref _ticket, (generation + 1) << 32);
        if (Volatile.Read(ref _sleeping) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }

        Help(0);
        for (int spin = 0; Volatile.Read(ref _completed) < count; spin++)
        {
            // With more threads than cores the one that holds the last piece may be waiting for this core.
            if (spin < SpinsBeforeSleep)
            {
                Thread.SpinWait(4);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private static void Invoke<TJob>(void* job, int index, int worker)
        where TJob : unmanaged, IJob
        => Unsafe.AsRef<TJob>(job).Execute(index, worker);

    /// <summary>Takes pieces of the open loop until none is left.</summary>
    private void Help(int worker)
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            delegate*<void*, int, int, void> body = _body;
            void* job = _job;
            int index = (int)ticket;
            if (index >= _count || index == Closed)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _ticket, ticket + 1, ticket) == ticket)
            {
                body(job, index, worker);
                Interlocked.Increment(ref _completed);
            }
        }
    }

    private bool HasWork()
    {
        int next = (int)Volatile.Read(ref _ticket);
        return next != Closed && next < Volatile.Read(ref _count);
    }

    private void Work(int worker)
    {
        while (true)
        {
            for (int spin = 0; spin < SpinsBeforeSleep && !HasWork() && !Volatile.Read(ref _stopping); spin++)
            {
                Thread.SpinWait(8);
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
}
