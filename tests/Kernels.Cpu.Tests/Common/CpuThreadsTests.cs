using System.Diagnostics;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>Threads that several devices share.</summary>
public sealed class CpuThreadsTests
{
    private const int Callers = 4;
    private const int Rounds = 300;

    /// <summary>
    /// Catches a loop that is given to the threads while they work on that of another device: pieces that are lost or
    /// done twice, and callers that wait for each other for ever.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Devices_that_share_threads_do_not_disturb_each_other(int count)
    {
        using var threads = new CpuThreads(new CpuThreadOptions { Count = count });
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        Thread[] callers = [.. Enumerable.Range(0, Callers).Select(seed => new Thread(() => Blur(seed)))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        Assert.Empty(failures);

        void Blur(int seed)
        {
            using Device device = CpuDevice.Create(threads);
            var shape = new Shape(1, 3, 64, 64);
            float[] values = new float[shape.Count];
            var random = new Random(seed);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = random.NextSingle();
            }

            using Tensor x = device.Allocate(shape, values);
            using Tensor y = device.Allocate(shape);
            for (int round = 0; round < Rounds; round++)
            {
                device.Combine(2, x, round, x, y);
                float[] result = y.ToArray();
                for (int i = 0; i < result.Length; i++)
                {
                    if (Math.Abs(result[i] - (2f + round) * values[i]) > 1e-5f * (2 + round))
                    {
                        failures.Enqueue($"caller {seed}, round {round}, value {i}: {result[i]}");
                        return;
                    }
                }
            }
        }
    }

    /// <summary>Catches options that are not passed on, and a caller that is bound with the threads.</summary>
    [Fact]
    public unsafe void Threads_run_on_the_cores_that_are_asked_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), "threads cannot be bound here");
        ulong allowed = Mask();
        int core = System.Numerics.BitOperations.TrailingZeroCount(allowed);
        using var bound = new CpuThreads(new CpuThreadOptions { Count = 3, Cores = [core] });
        using var free = new CpuThreads(new CpuThreadOptions { Count = 3, Watch = TimeSpan.Zero });
        Assert.Equal([allowed, 1UL << core, 1UL << core], Masks(bound));
        Assert.Equal([allowed, allowed, allowed], Masks(free));

        static ulong[] Masks(CpuThreads threads)
        {
            ulong* masks = stackalloc ulong[3];
            new Span<ulong>(masks, 3).Clear();
            var clock = Stopwatch.StartNew();
            while ((masks[0] == 0 || masks[1] == 0 || masks[2] == 0) && clock.Elapsed.TotalSeconds < 20)
            {
                threads.Pool.Run(new MaskJob(masks), 30);
            }

            return [masks[0], masks[1], masks[2]];
        }
    }

    /// <summary>Catches a core that does not exist and is accepted, after which the threads run anywhere.</summary>
    [Fact]
    public void Cores_that_do_not_exist_are_refused()
    {
        foreach (int core in new[] { -1, 1023, 5000 })
        {
            Assert.Contains("choose from", Assert.ThrowsAny<ArgumentException>(
                () => new CpuThreads(new CpuThreadOptions { Count = 2, Cores = [core] })).Message);
            Assert.ThrowsAny<ArgumentException>(() => CpuThreads.PinCaller(core));
        }

        Assert.ThrowsAny<ArgumentException>(() => new CpuThreads(new CpuThreadOptions { Count = -1 }));
    }

    private static ulong Mask()
    {
        Span<ulong> mask = stackalloc ulong[16];
        mask.Clear();
        ThreadAffinity.Read(mask);
        return mask[0];
    }

    /// <summary>Notes the cores that each thread may run on.</summary>
    private readonly unsafe struct MaskJob(ulong* masks) : IJob
    {
        public void Execute(int index, int worker)
        {
            masks[worker] = Mask();

            // Long enough that the other threads get pieces too.
            Thread.Sleep(1);
        }
    }
}
