using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Latency;

/// <summary>Several restorers at the same time, each on a thread of its own.</summary>
internal static class ManyCallers
{
    private const int WarmUpCalls = 2;

    public static void Run(string task, int size, int calls, int restorers, CpuThreadOptions options)
    {
        int each = Math.Max(calls / restorers, 2);
        Console.WriteLine();
        Console.WriteLine($"| {restorers} restorers, {each} calls each, ms | pictures per second | {Percentiles.Header}");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        Console.WriteLine($"| all threads for each device | {Measure(task, size, each, restorers, () => CpuDevice.Create(options.Count))}");
        using (var threads = new CpuThreads(options))
        {
            Console.WriteLine($"| shared threads (CpuThreads) | {Measure(task, size, each, restorers, () => CpuDevice.Create(threads))}");
        }

        Console.WriteLine($"| one thread for each device | {Measure(task, size, each, restorers, () => CpuDevice.Create(1))}");
        Console.WriteLine($"| one restorer, in turns | {Measure(task, size, each * restorers, 1, () => CpuDevice.Create(options.Count))}");
    }

    private static string Measure(string task, int size, int calls, int restorers, Func<CpuDevice> create)
    {
        double[][] times = [.. Enumerable.Range(0, restorers).Select(_ => new double[calls])];
        using var ready = new Barrier(restorers + 1);
        Thread[] callers =
        [
            .. times.Select(mine => new Thread(() =>
            {
                using Device device = create();
                using var restorer = Restorer.Load(task, device);
                int side = size / restorer.Task.Stride;
                var picture = new Picture(restorer, side);
                for (int i = 0; i < WarmUpCalls; i++)
                {
                    picture.Restore();
                }

                ready.SignalAndWait();
                for (int i = 0; i < mine.Length; i++)
                {
                    long start = Stopwatch.GetTimestamp();
                    picture.Restore();
                    mine[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                }

                ready.SignalAndWait();
            })),
        ];
        foreach (Thread caller in callers)
        {
            caller.Start();
        }

        ready.SignalAndWait();
        long begin = Stopwatch.GetTimestamp();
        ready.SignalAndWait();
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        foreach (Thread caller in callers)
        {
            caller.Join();
        }

        return $"{calls * restorers / seconds:0.0} | {new Percentiles([.. times.SelectMany(t => t)])}";
    }
}
