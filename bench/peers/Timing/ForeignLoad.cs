using System.Globalization;

namespace InfAdmm.Bench.Peers.Timing;

/// <summary>
/// How busy other programs keep the cores while neither side runs: with them no time here means much, and the side
/// whose threads wait for each other more often looks worse than it is. Known where there is a /proc/stat, else 0.
/// </summary>
internal sealed class ForeignLoad
{
    private const string File = "/proc/stat";
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);
    private double _busy;
    private double _total;

    /// <summary>The part of all cores, 0 to 1, on average over the samples.</summary>
    public double Part => _total > 0 ? _busy / _total : 0;

    /// <summary>Takes one sample, when the threads of this process sleep.</summary>
    public void Sample()
    {
        if (!System.IO.File.Exists(File))
        {
            return;
        }

        RepeatedTiming.AwaitIdleThreads();
        (double busy, double total) = Read();
        Thread.Sleep(Window);
        (double busyAfter, double totalAfter) = Read();
        _busy += busyAfter - busy;
        _total += totalAfter - total;
    }

    /// <summary>
    /// The first line: ticks of all cores spent in user, nice, system, idle, waiting for disks, and more.
    /// </summary>
    private static (double Busy, double Total) Read()
    {
        const int Idle = 3;
        const int Waiting = 4;
        double[] ticks =
        [
            .. System.IO.File.ReadLines(File).First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
                .Select(text => double.Parse(text, CultureInfo.InvariantCulture)),
        ];
        double total = ticks.Sum();
        return (total - ticks[Idle] - ticks[Waiting], total);
    }
}
