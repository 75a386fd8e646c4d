using System.Diagnostics;

namespace InfAdmm.Bench.Peers.Timing;

/// <summary>
/// Measures the bandwidth of copying arrays much larger than any cache with all threads; bytes read and written are
/// counted.
/// </summary>
internal sealed class CopyBandwidth
{
    private const int TotalBytes = 256 << 20;
    private readonly byte[][] _sources;
    private readonly byte[][] _targets;

    public CopyBandwidth(int threads)
    {
        _sources = Arrays(threads);
        _targets = Arrays(threads);
    }

    /// <summary>The best sample, in GB/s.</summary>
    public double Best { get; private set; }

    /// <summary>Takes one sample.</summary>
    public void Sample()
    {
        int threads = _sources.Length;
        var began = new long[threads];
        var ended = new long[threads];
        using var start = new Barrier(threads);
        Thread[] running =
        [
            .. Enumerable.Range(0, threads).Select(i => new Thread(() =>
            {
                start.SignalAndWait();
                began[i] = Stopwatch.GetTimestamp();
                _sources[i].AsSpan().CopyTo(_targets[i]);
                ended[i] = Stopwatch.GetTimestamp();
            })),
        ];
        Array.ForEach(running, thread => thread.Start());
        Array.ForEach(running, thread => thread.Join());
        double bytes = 2.0 * _sources.Sum(source => source.Length);
        Best = Math.Max(Best, bytes / Stopwatch.GetElapsedTime(began.Min(), ended.Max()).TotalSeconds * 1e-9);
    }

    /// <summary>Allocates arrays and writes to them, so that every page is in memory.</summary>
    private static byte[][] Arrays(int threads)
    {
        byte[][] arrays = [.. Enumerable.Range(0, threads).Select(_ => new byte[TotalBytes / 2 / threads])];
        Array.ForEach(arrays, array => Array.Fill(array, (byte)1));
        return arrays;
    }
}
