namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// Counts times in intervals that grow by 1 %, so that a quantile of any number of times is known to 1 % in fixed
/// memory.
/// </summary>
internal sealed class LatencyHistogram
{
    private const double Least = 1e-6;
    private const double Longest = 1e5;
    private const double Growth = 1.01;

    private static readonly int Intervals = (int)Math.Ceiling(Math.Log(Longest / Least) / Math.Log(Growth)) + 1;

    private readonly long[] _counts = new long[Intervals];
    private long _count;

    /// <summary>Adds a time in seconds.</summary>
    public void Add(double seconds)
    {
        double interval = Math.Log(Math.Max(seconds, Least) / Least) / Math.Log(Growth);
        _counts[Math.Min((int)interval, Intervals - 1)]++;
        _count++;
    }

    /// <summary>The time in seconds that a fraction of the times does not exceed; null if there are none.</summary>
    /// <param name="fraction">The fraction, 0 to 1.</param>
    public double? Quantile(double fraction)
    {
        if (_count == 0)
        {
            return null;
        }

        long rank = Math.Max((long)Math.Ceiling(fraction * _count), 1);
        int interval = 0;
        for (long below = _counts[0]; below < rank; below += _counts[interval])
        {
            interval++;
        }

        return Least * Math.Pow(Growth, interval + 0.5);
    }
}
