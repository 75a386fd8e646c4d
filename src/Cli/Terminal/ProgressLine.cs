using System.Diagnostics;
using System.Globalization;

namespace InfAdmm.Cli.Terminal;

/// <summary>
/// The progress of a piece of work. Shown at most a few times per second, on the thread that does the work.
/// </summary>
internal sealed class ProgressLine
{
    private readonly Action<double, string>? _show;
    private readonly TimeSpan _interval;
    private long _lastShown;

    /// <summary>Creates a progress line that calls <paramref name="show"/> at most once per interval.</summary>
    public ProgressLine(Action<double, string>? show, TimeSpan interval)
    {
        _show = show;
        _interval = interval;
    }

    /// <summary>A progress line that shows nothing.</summary>
    public static ProgressLine Silent { get; } = new(null, TimeSpan.Zero);

    /// <summary>A progress line for logs, which writes a line at most every five seconds.</summary>
    public static ProgressLine Plain(string title, TextWriter writer) => new(
        (fraction, status) => writer.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{title}: {100 * fraction:0} % {status}").TrimEnd()),
        TimeSpan.FromSeconds(5));

    /// <summary>Reports the progress.</summary>
    /// <param name="fraction">The fraction done, 0 to 1.</param>
    /// <param name="status">A short status, such as "loss 0.0012".</param>
    public void Update(double fraction, string status = "")
    {
        long now = Stopwatch.GetTimestamp();
        if (_show is null || (_lastShown != 0 && Stopwatch.GetElapsedTime(_lastShown, now) < _interval))
        {
            return;
        }

        _lastShown = now;
        _show(Math.Clamp(fraction, 0, 1), PrintableText.Of(status));
    }
}
