using InfAdmm.Engine;

namespace InfAdmm.Bench.Gpu;

/// <summary>Times on the device, by its own clock.</summary>
internal static class DeviceTiming
{
    private const int WarmUps = 10;
    private const int Repeats = 100;

    /// <summary>
    /// The median seconds of one of the works, which are run in turns: give each operands of its own, more than the
    /// cache holds in all, and none of them finds its operands there.
    /// </summary>
    public static double Median(Device device, IReadOnlyList<Action> works)
    {
        for (int i = 0; i < WarmUps; i++)
        {
            works[i % works.Count]();
        }

        using DeviceTimer timer = device.CreateTimer(2 * Repeats);
        for (int i = 0; i < Repeats; i++)
        {
            timer.Mark(2 * i);
            works[i % works.Count]();
            timer.Mark(2 * i + 1);
        }

        return Median(Enumerable.Range(0, Repeats).Select(i => timer.Seconds(2 * i, 2 * i + 1)));
    }

    /// <summary>
    /// The median over blocks of the seconds a work takes when it follows itself: what a loop costs, launches included.
    /// </summary>
    public static double InLoop(Device device, Action work, int length = 50, int blocks = 11)
    {
        for (int i = 0; i < WarmUps; i++)
        {
            work();
        }

        using DeviceTimer timer = device.CreateTimer(blocks + 1);
        timer.Mark(0);
        for (int block = 0; block < blocks; block++)
        {
            for (int i = 0; i < length; i++)
            {
                work();
            }

            timer.Mark(block + 1);
        }

        return Median(Enumerable.Range(0, blocks).Select(i => timer.Seconds(i, i + 1))) / length;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
