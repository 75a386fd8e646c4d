using System.Diagnostics;
using System.Globalization;

namespace InfAdmm.Cli.Terminal;

/// <summary>How far a piece of work is. Shown at most a few times a second, on the thread that does the work.</summary>
internal sealed class ProgressLine
{
    private readonly Action<double, string>? _show;
    private readonly TimeSpan _interval;
    private long _lastShown;

    /// <summary>Shows through <paramref name="show"/>, at most once an interval.</summary>
    public ProgressLine(Action<double, string>? show, TimeSpan interval)
    {
        _show = show;
        _interval = interval;
    }

    /// <summary>Shows nothing.</summary>
    public static ProgressLine Silent { get; } = new(null, TimeSpan.Zero);

    /// <summary>Lines for a log, five seconds apart.</summary>
    public static ProgressLine Plain(string title, TextWriter writer) => new(
        (fraction, status) => writer.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{title}: {100 * fraction:0} % {status}").TrimEnd()),
        TimeSpan.FromSeconds(5));

    /// <summary>Tells how far the work is.</summary>
    /// <param name="fraction">From 0 to 1.</param>
    /// <param name="status">A few words: "loss 0.0012".</param>
    public void Update(double fraction, string status = "")
    {
        long now = Stopwatch.GetTimestamp();
        if (_show is null || (_lastShown != 0 && Stopwatch.GetElapsedTime(_lastShown, now) < _interval))
        {
            return;
        }

        _lastShown = now;
        _show(Math.Clamp(fraction, 0, 1), status);
    }
}
