using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Restorers in a program that runs for a long time.</summary>
[Collection(nameof(RunsAlone))]
public sealed class RestorerStressTests
{
    private const int Threads = 8;
    private const int Sizes = 4;
    private const string DurationVariable = "INFADMM_STRESS_SECONDS";
    private static readonly string[] Tasks = ["sr4", "deblur", "color-sr2"];

    private static double Seconds =>
        double.TryParse(Environment.GetEnvironmentVariable(DurationVariable), out double seconds) ? seconds : 4;

    /// <summary>
    /// Catches restorers that disturb each other, on one device or through shared threads; results that depend on the
    /// pictures before or on a call that was cancelled; and memory that is not freed.
    /// </summary>
    [Fact]
    public void Many_restorers_on_many_threads_stay_right()
    {
        using var threads = new CpuThreads(new CpuThreadOptions { Count = 3 });
        var expected = new Dictionary<(string, int), byte[]>();
        using (CpuDevice device = CpuDevice.Create(2))
        {
            foreach (string task in Tasks)
            {
                using var restorer = Restorer.Load(task, device);
                for (int size = 0; size < Sizes; size++)
                {
                    expected[(task, size)] = restorer.Restore(
                        Pixels(size), Layout(restorer, size), cancellation: TestContext.Current.CancellationToken);
                }
            }
        }

        var clock = Stopwatch.StartNew();
        long calls = 0;
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        Thread[] callers = [.. Enumerable.Range(0, Threads).Select(seed => new Thread(() => Caller(seed)))];
        Array.ForEach(callers, caller => caller.Start());

        // The callers work meanwhile; the memory at half time is compared with that at the end.
        Thread.Sleep(TimeSpan.FromSeconds(Seconds / 2));
        long half = WorkingSet();
        Array.ForEach(callers, caller => caller.Join());
        long end = WorkingSet();
        Assert.Empty(failures);
        Assert.True(calls > Threads * Tasks.Length, $"only {calls} calls");
        Assert.True(end < 1.1 * half + 30e6, $"{half / 1e6:0} MB at half time, {end / 1e6:0} MB at the end");

        void Caller(int seed)
        {
            try
            {
                var random = new Random(seed);
                using CpuDevice device = CpuDevice.Create(threads);
                Restorer[] restorers = [.. Tasks.Select(task => Restorer.Load(task, device))];
                while (clock.Elapsed.TotalSeconds < Seconds)
                {
                    int at = random.Next(Tasks.Length);
                    int size = random.Next(Sizes);
                    Call(restorers[at], Tasks[at], size, random.Next(4) == 0 ? random.Next(5) : null);
                    Interlocked.Increment(ref calls);
                }

                Array.ForEach(restorers, restorer => restorer.Dispose());
                if (device.LiveBuffers != 0)
                {
                    failures.Enqueue($"{device.LiveBuffers} buffers are left");
                }
            }
            catch (Exception failure)
            {
                failures.Enqueue(failure.ToString());
            }
        }

        void Call(Restorer restorer, string task, int size, int? cancelledAt)
        {
            using var source = new CancellationTokenSource();
            int reports = 0;
            try
            {
                byte[] restored = restorer.Restore(
                    Pixels(size), Layout(restorer, size), _ => Cancel(), source.Token);
                if (!restored.AsSpan().SequenceEqual(expected[(task, size)]))
                {
                    failures.Enqueue($"{task}, size {size}: other pixels");
                }
            }
            catch (OperationCanceledException) when (cancelledAt is not null)
            {
            }

            void Cancel()
            {
                if (reports++ == cancelledAt)
                {
                    source.Cancel();
                }
            }
        }
    }

    /// <summary>Catches a cancellation between two iterations that leaves something of its picture behind.</summary>
    [Theory]
    [InlineData("sr4")]
    [InlineData("deblur")]
    public void A_restorer_is_usable_after_a_cancellation_at_any_moment(string task) => Fixture.OnDevice(device =>
    {
        using var restorer = Restorer.Load(task, device);
        PixelLayout layout = Layout(restorer, 1);
        byte[] expected = restorer.Restore(Pixels(1), layout, cancellation: TestContext.Current.CancellationToken);
        bool wasCancelled = true;
        for (int moment = 0; wasCancelled; moment++)
        {
            using var source = new CancellationTokenSource();
            int reports = 0;
            byte[] restored = new byte[expected.Length];
            Array.Fill(restored, (byte)1);
            wasCancelled = Record.Exception(() => restorer.Restore(
                Pixels(2), Layout(restorer, 2), _ => CancelAt(moment), source.Token)) is OperationCanceledException;
            Assert.Equal(expected, restorer.Restore(Pixels(1), layout, cancellation: TestContext.Current.CancellationToken));
            Assert.True(wasCancelled || moment >= 3, "there are iterations to cancel between");

            void CancelAt(int at)
            {
                if (reports++ == at)
                {
                    source.Cancel();
                }
            }
        }
    });

    /// <summary>
    /// Catches an allocation that fails with another error, or leaves the device or another restorer on it unusable, and
    /// memory that is lost then. The limit rises until a restorer can be loaded and used.
    /// </summary>
    [Theory]
    [InlineData("sr4")]
    [InlineData("deblur")]
    public void A_device_is_usable_after_memory_ran_out_at_any_moment(string task)
    {
        const int Steps = 40;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using CpuDevice device = CpuDevice.Create(2);
        using (var kept = Restorer.Load(task, device))
        {
            byte[] expected = Restore(kept);
            int buffers = device.LiveBuffers;
            long enough = 1 << 20;
            while (Fails(enough))
            {
                enough *= 2;
            }

            int failures = 0;
            for (int step = 0; step <= Steps; step++)
            {
                failures += Fails(enough * step / Steps) ? 1 : 0;
                Assert.Equal(expected, Restore(kept));
                Assert.Equal(buffers, device.LiveBuffers);
            }

            Assert.InRange(failures, 10, Steps);

            bool Fails(long limit)
            {
                device.MemoryLimit = limit;
                Exception? failure = Record.Exception(() =>
                {
                    using var other = Restorer.Load(task, device);
                    Assert.Equal(expected, Restore(other));
                });
                device.MemoryLimit = long.MaxValue;
                Assert.True(failure is null or DeviceException { IsOutOfMemory: true }, failure?.ToString());
                return failure is not null;
            }
        }

        Assert.Equal(0, device.LiveBuffers);

        byte[] Restore(Restorer restorer) => restorer.Restore(Pixels(1), Layout(restorer, 1), cancellation: cancellation);
    }

    private static PixelLayout Layout(Restorer restorer, int size) => new(
        10 + 3 * size, 14 - 2 * size, restorer.Task.GreyWeights is null ? PixelFormat.Rgb24 : PixelFormat.Gray8);

    private static byte[] Pixels(int size)
    {
        byte[] pixels = new byte[1000];
        new Random(size).NextBytes(pixels);
        return pixels;
    }

    private static long WorkingSet()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
