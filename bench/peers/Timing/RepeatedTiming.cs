using System.Diagnostics;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Bench.Peers.Timing;

/// <summary>Times consecutive runs, for some tens of milliseconds, with no other work on the cores.</summary>
internal static class RepeatedTiming
{
    private const double WarmSeconds = 0.005;
    private const double Seconds = 0.04;
    private const int LeastRuns = 3;
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(0.5);

    /// <summary>Returns the median time of a run in seconds, after warm-up runs.</summary>
    public static double Time(Action run)
    {
        Warm(run);
        var times = new List<double>(capacity: 1 << 14);
        long start = Stopwatch.GetTimestamp();
        long last = start;
        while (times.Count < LeastRuns || Stopwatch.GetElapsedTime(start, last).TotalSeconds < Seconds)
        {
            run();
            long now = Stopwatch.GetTimestamp();
            times.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
            last = now;
        }

        return times.Median();
    }

    /// <summary>Returns the times of <paramref name="count"/> runs in seconds, after warm-up runs.</summary>
    public static double[] TimeEach(Action run, int count)
    {
        Warm(run);
        var times = new double[count];
        for (int i = 0; i < count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            run();
            times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return times;
    }

    private static void Warm(Action run)
    {
        AwaitIdleThreads();
        long start = Stopwatch.GetTimestamp();
        do
        {
            run();
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < WarmSeconds);
    }

    /// <summary>
    /// Waits until no thread of this process runs: worker threads of both sides spin after their last task, those of
    /// ONNX Runtime for about 50 ms, and would take a core from the other side.
    /// </summary>
    public static void AwaitIdleThreads()
    {
        const int MostWindows = 50;
        TimeSpan before;
        int windows = 0;
        do
        {
            Thread.Sleep(Window);
            before = Environment.CpuUsage.TotalTime;
            Thread.Sleep(Window);
        }
        while (Environment.CpuUsage.TotalTime - before > Idle && ++windows < MostWindows);
    }
}
