using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Peers.Timing;

/// <summary>
/// The machine's peak performance and its load from other programs, sampled between the measurements.
/// </summary>
internal sealed class Conditions(int threads, SimdWidth width)
{
    private const double TolerableLoad = 0.05;
    private readonly FmaPeak _peak = new(threads, width);
    private readonly CopyBandwidth _copies = new(threads);
    private readonly ForeignLoad _load = new();

    /// <summary>The best multiply-add rate, in GFLOP/s.</summary>
    public double FmaPeakGflops => _peak.Best;

    /// <summary>The best copy bandwidth, in GB/s.</summary>
    public double CopyGbps => _copies.Best;

    /// <summary>A warning if other programs kept the machine busy; otherwise null.</summary>
    public string? Warning => _load.Part > TolerableLoad
        ? $"warning: other programs kept {_load.Part:0 %} of the cores busy: repeat this on an idle machine"
        : null;

    /// <summary>Takes one sample of each quantity.</summary>
    public void Sample()
    {
        _load.Sample();
        _peak.Sample();
        _copies.Sample();
    }
}
