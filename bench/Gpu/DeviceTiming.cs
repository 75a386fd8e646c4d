using InfAdmm.Engine;
using MathNet.Numerics.Statistics;

namespace InfAdmm.Bench.Gpu;

/// <summary>Measures times on the device with CUDA events.</summary>
internal sealed class DeviceTiming(Device device, BenchScale scale)
{
    /// <summary>
    /// Returns the median seconds of one run, with the works run alternately. If each work has its own operands, and
    /// together they exceed the cache, no run finds its operands in the cache.
    /// </summary>
    public double InTurns(IReadOnlyList<Action> works) => Single(works, static () => { });

    /// <summary>
    /// Returns the median seconds of one run, with the works run alternately and the cache flushed before each run.
    /// </summary>
    public double Cold(IReadOnlyList<Action> works)
    {
        using Tensor flushed = device.Allocate(Shape.Vector(scale.FlushBytes / sizeof(float)));
        return Single(works, () => device.Fill(1, flushed));
    }

    /// <summary>
    /// Returns the median over blocks of the seconds per run when runs follow each other: the cost inside a loop,
    /// launches included.
    /// </summary>
    public double InLoop(IReadOnlyList<Action> works, int? length = null, int? blocks = null)
    {
        WarmUp(works);
        int runs = length ?? scale.LoopLength;
        int count = blocks ?? scale.Blocks;
        using DeviceTimer timer = device.CreateTimer(count + 1);
        timer.Mark(0);
        for (int block = 0; block < count; block++)
        {
            for (int i = 0; i < runs; i++)
            {
                works[i % works.Count]();
            }

            timer.Mark(block + 1);
        }

        return Enumerable.Range(0, count).Select(i => timer.Seconds(i, i + 1)).Median() / runs;
    }

    /// <summary>
    /// Like <see cref="InLoop"/>, for ops recorded as one graph of several rounds, without calls from the host.
    /// </summary>
    public double InGraph(IReadOnlyList<Action> works, int rounds = 4)
    {
        using Recording recording = device.Record(() =>
        {
            for (int i = 0; i < rounds * works.Count; i++)
            {
                works[i % works.Count]();
            }
        });
        return InLoop([recording.Launch], Math.Max(1, scale.LoopLength / (rounds * works.Count)))
            / (rounds * works.Count);
    }

    private double Single(IReadOnlyList<Action> works, Action between)
    {
        WarmUp(works);
        using DeviceTimer timer = device.CreateTimer(2 * scale.Repeats);
        for (int i = 0; i < scale.Repeats; i++)
        {
            between();
            timer.Mark(2 * i);
            works[i % works.Count]();
            timer.Mark(2 * i + 1);
        }

        return Enumerable.Range(0, scale.Repeats).Select(i => timer.Seconds(2 * i, 2 * i + 1)).Median();
    }

    private void WarmUp(IReadOnlyList<Action> works)
    {
        for (int i = 0; i < Math.Max(scale.WarmUps, works.Count); i++)
        {
            works[i % works.Count]();
        }
    }
}
