using System.Runtime.ExceptionServices;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// Batches of crops in order, prepared by background threads in a ring of reused buffers. Only one thread may call
/// <see cref="Next"/>.
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

        // One buffer more than may wait: the caller still uses the last batch.
        _buffers = [.. Enumerable.Range(0, ahead + 1).Select(_ => new float[sampler.Shape.Count])];
        _held = new long[_buffers.Length];
        Array.Fill(_held, -1);
        _workers =
        [
            .. Enumerable.Range(0, threads).Select(_ => new Thread(Work) { IsBackground = true, Name = "crops" }),
        ];
        foreach (Thread worker in _workers)
        {
            worker.Start();
        }
    }

    /// <summary>Returns the next batch, of shape <see cref="CropSampler.Shape"/>; valid until the next call.</summary>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="OperationCanceledException">
    /// The wait was cancelled. The batch is not lost: the next call returns it.
    /// </exception>
    public ReadOnlySpan<float> Next(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        int slot = (int)(_next % _buffers.Length);
        if (!Release(slot))
        {
            // Disposed outside the lock: disposing waits for a running callback, which waits for the lock.
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

    /// <summary>Stops the threads, after the pictures that they are decoding.</summary>
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

    /// <summary>Returns the caller's last buffer to the threads. True if the next batch is ready.</summary>
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
                // Any exception is kept and thrown to the caller who asks for the batch: here it would end the process.
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
