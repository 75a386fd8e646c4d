using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Peers.Timing;

/// <summary>What the machine can do, and what else it does, sampled between the measurements.</summary>
internal sealed class Conditions(int threads, SimdWidth width)
{
    private const double TolerableLoad = 0.05;
    private readonly FmaPeak _peak = new(threads, width);
    private readonly CopyBandwidth _copies = new(threads);
    private readonly ForeignLoad _load = new();

    /// <summary>The most multiply-adds, GFLOP/s.</summary>
    public double FmaPeakGflops => _peak.Best;

    /// <summary>The fastest copy, GB/s.</summary>
    public double CopyGbps => _copies.Best;

    /// <summary>Says that others kept the machine busy, or null.</summary>
    public string? Warning => _load.Part > TolerableLoad
        ? $"warning: other programs kept {_load.Part:0 %} of the cores busy: repeat this on an idle machine"
        : null;

    /// <summary>Takes one sample of each.</summary>
    public void Sample()
    {
        _load.Sample();
        _peak.Sample();
        _copies.Sample();
    }
}
