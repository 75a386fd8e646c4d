namespace InfAdmm.Bench.Latency;

/// <summary>The distribution of times.</summary>
/// <param name="milliseconds">The times, which are sorted.</param>
internal sealed class Percentiles(double[] milliseconds)
{
    private readonly double[] _sorted = [.. milliseconds.Order()];

    public const string Header = "p50 | p99 | p99.9 | largest | p99 / p50 |";

    public double Median => At(0.5);

    public override string ToString() =>
        $"{Median:0.00} | {At(0.99):0.00} | {At(0.999):0.00} | {_sorted[^1]:0.00} | {At(0.99) / Median:0.00} |";

    /// <summary>The smallest time that at least this part of all times does not exceed.</summary>
    private double At(double part) => _sorted[(int)Math.Ceiling(part * _sorted.Length) - 1];
}
