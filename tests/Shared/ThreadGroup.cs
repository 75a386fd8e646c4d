using System.Collections.Concurrent;
using InfAdmm.Engine;

namespace InfAdmm.Tests.Shared;

/// <summary>A process group whose processes are threads of a test. A call returns when all of them have made it.</summary>
internal sealed class ThreadGroup : ProcessGroup
{
    private readonly Exchange _exchange;

    private ThreadGroup(int rank, Exchange exchange) => (Rank, _exchange) = (rank, exchange);

    public override int Rank { get; }

    public override int Size => _exchange.Values.Length;

    /// <summary>The number of sums of float32 that were started.</summary>
    public int Sums { get; private set; }

    /// <summary>Runs the same work in several threads, and returns their results in the order of ranks.</summary>
    public static T[] Run<T>(int size, Func<ThreadGroup, T> work)
    {
        var exchange = new Exchange(size);
        var results = new T[size];
        var failures = new ConcurrentQueue<Exception>();
        Thread[] threads =
        [
            .. Enumerable.Range(0, size).Select(rank => new Thread(() =>
            {
                try
                {
                    results[rank] = work(new ThreadGroup(rank, exchange));
                }
                catch (Exception failure)
                {
                    failures.Enqueue(failure);
                    exchange.IsBroken = true;
                    exchange.Barrier.RemoveParticipant();
                }
            })),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return failures.IsEmpty ? results : throw new AggregateException(failures);
    }

    /// <summary>A thread that failed is a lost process.</summary>
    public override void ThrowIfLost()
    {
        if (_exchange.IsBroken)
        {
            throw new ProcessGroupException("a thread failed");
        }
    }

    public override Task SumAsync(Memory<float> values)
    {
        Sums++;
        double[] sums = Array.ConvertAll(values.ToArray(), value => (double)value);
        Sum(sums);
        Array.ConvertAll(sums, value => (float)value).CopyTo(values);
        return Task.CompletedTask;
    }

    public override void Sum(Span<double> values)
    {
        double[][] all = All(values.ToArray());
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = all.Sum(part => part[i]);
        }
    }

    public override Task SendAsync(Memory<float> values, int to)
    {
        _exchange.Sent[Rank, to].Add(values.ToArray());
        return Task.CompletedTask;
    }

    public override Task ReceiveAsync(Memory<float> values, int from)
    {
        _exchange.Sent[from, Rank].Take().CopyTo(values);
        return Task.CompletedTask;
    }

    public override Task BroadcastAsync(Memory<float> values, int from)
    {
        double[] sent = All(Array.ConvertAll(values.ToArray(), value => (double)value))[from];
        Array.ConvertAll(sent, value => (float)value).CopyTo(values);
        return Task.CompletedTask;
    }

    private double[][] All(double[] own)
    {
        _exchange.Values[Rank] = own;
        _exchange.Barrier.SignalAndWait();
        double[][] all = [.. _exchange.Values];
        _exchange.Barrier.SignalAndWait();
        return all;
    }

    private sealed class Exchange
    {
        public Exchange(int size)
        {
            Values = new double[size][];
            Barrier = new Barrier(size);
            Sent = new BlockingCollection<float[]>[size, size];
            for (int i = 0; i < Sent.Length; i++)
            {
                Sent[i / size, i % size] = [];
            }
        }

        public volatile bool IsBroken;

        public double[][] Values { get; }

        public Barrier Barrier { get; }

        public BlockingCollection<float[]>[,] Sent { get; }
    }
}
