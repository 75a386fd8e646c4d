using System.Globalization;

namespace InfAdmm.Bench.Peers.Timing;

/// <summary>
/// Measures how busy other programs keep the cores while neither side runs. With foreign load the times are unreliable,
/// and the side whose threads synchronise more often looks worse than it is. Read from /proc/stat; 0 if that does not
/// exist.
/// </summary>
internal sealed class ForeignLoad
{
    private const string File = "/proc/stat";
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);
    private double _busy;
    private double _total;

    /// <summary>The average fraction of all cores that is busy, 0 to 1.</summary>
    public double Part => _total > 0 ? _busy / _total : 0;

    /// <summary>Takes one sample; the threads of this process must be idle.</summary>
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
    /// Reads the first line: the ticks of all cores in user, nice, system, idle, iowait and other states.
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
