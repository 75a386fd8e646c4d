using System.Runtime.ExceptionServices;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// Batches of crops in order, cut in the background into a ring of buffers that are used over and over. One thread
/// may ask.
/// </summary>
public sealed class CropReader : IDisposable
{
    private readonly CropSampler _sampler;
    private readonly Thread[] _workers;
    private readonly float[][] _buffers;
    private readonly long[] _held;
    private readonly object _gate = new();
    private long _next;
    private long _claimed;
    private long _released;
    private long _failedBatch = long.MaxValue;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _stopped;

    internal CropReader(CropSampler sampler, long first, int threads, int ahead)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ahead, 1);
        _sampler = sampler;
        _next = _claimed = _released = first;

        // One more than wait: the one that the caller works on.
        _buffers = [.. Enumerable.Range(0, ahead + 1).Select(_ => new float[sampler.Shape.Count])];
        _held = new long[_buffers.Length];
        Array.Fill(_held, -1);
        _workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(Work) { IsBackground = true, Name = "crops" })];
        foreach (Thread worker in _workers)
        {
            worker.Start();
        }
    }

    /// <summary>The next batch; it stays until the one after is asked for.</summary>
    /// <exception cref="OperationCanceledException">
    /// The caller did not want to wait any longer. The batch is not lost: the next call has it.
    /// </exception>
    public ReadOnlySpan<float> Next(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        int slot = (int)(_next % _buffers.Length);
        if (!Release(slot))
        {
            // Taken back outside the lock: taking back waits for a callback that runs, which waits for the lock.
            using CancellationTokenRegistration woken = cancellation.UnsafeRegister(Wake, _gate);
            Wait(slot, cancellation);
        }

        _sampler.Report();
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (Volatile.Read(ref _held[slot]) == _next)
        {
            _next++;
            return _buffers[slot];
        }

        cancellation.ThrowIfCancellationRequested();
        _failure!.Throw();
        return default;
    }

    /// <summary>Ends the threads; a picture that one is decoding is decoded first.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread worker in _workers)
        {
            worker.Join();
        }
    }

    private static void Wake(object? gate)
    {
        lock (gate!)
        {
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Gives the caller's last buffer back to the threads; true if the next batch need not be waited for.</summary>
    private bool Release(int slot)
    {
        lock (_gate)
        {
            _released = _next;
            Monitor.PulseAll(_gate);
            return IsDecided(slot);
        }
    }

    private void Wait(int slot, CancellationToken cancellation)
    {
        lock (_gate)
        {
            while (!IsDecided(slot) && !cancellation.IsCancellationRequested)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    private bool IsDecided(int slot) => _stopped || _held[slot] == _next || _failedBatch <= _next;

    private void Work()
    {
        while (Claim() is { } batch)
        {
            try
            {
                Fill(batch);
            }
            catch (Exception failure)
            {
                // It is thrown where the batch is asked for; whatever it is, it must not end the process from here.
                Fail(batch, failure);
                return;
            }
        }
    }

    private long? Claim()
    {
        lock (_gate)
        {
            while (!_stopped && _failure is null && _claimed - _released >= _buffers.Length)
            {
                Monitor.Wait(_gate);
            }

            return _stopped || _failure is not null ? null : _claimed++;
        }
    }

    private void Fill(long batch)
    {
        int slot = (int)(batch % _buffers.Length);
        Span<float> crops = _buffers[slot];
        int count = _sampler.Shape.N;
        int length = crops.Length / count;
        for (int i = 0; i < count && !_stopped; i++)
        {
            _sampler.FillOne(batch, i, crops.Slice(i * length, length));
        }

        lock (_gate)
        {
            _held[slot] = batch;
            Monitor.PulseAll(_gate);
        }
    }

    private void Fail(long batch, Exception failure)
    {
        lock (_gate)
        {
            if (batch < _failedBatch)
            {
                _failedBatch = batch;
                _failure = ExceptionDispatchInfo.Capture(failure);
            }

            Monitor.PulseAll(_gate);
        }
    }
}
