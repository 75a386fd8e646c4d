namespace InfAdmm.Bench.Gpu;

/// <summary>What the model knows of a GPU. Rates are what its parts can do at the usual clock, not measurements of ours.</summary>
/// <param name="Name">The name.</param>
/// <param name="Architecture">The architecture of its machine code.</param>
/// <param name="Multiprocessors">The multiprocessors, each of which issues 4 instructions of warps in a cycle.</param>
/// <param name="Clock">The clock of the multiprocessors, in GHz.</param>
/// <param name="CopyBandwidth">What a large copy reads and writes, in GB/s: about 0.87 of the data sheet.</param>
/// <param name="CacheBandwidth">What the second cache delivers, in GB/s: an estimate.</param>
internal sealed record Card(
    string Name, string Architecture, int Multiprocessors, double Clock, double CopyBandwidth, double CacheBandwidth)
{
    private const double IssueShare = 0.8;
    private const double Start = 1.3e-6;
    private const double Meeting = 1.5e-6;

    /// <summary>The cards by name. Data sheets: A100 80 GB SXM 2,039 GB/s, H100 SXM 3,350 GB/s, H200 4,800 GB/s.</summary>
    public static IReadOnlyList<Card> All { get; } =
    [
        new("a100", "sm_80", 108, 1.41, 1_780, 4_000),
        new("h100", "sm_90", 132, 1.755, 2_900, 5_500),
        new("h200", "sm_90", 132, 1.755, 4_200, 5_500),
    ];

    /// <summary>The predicted time of all launches of a kernel that finds nothing in the cache.</summary>
    public Prediction Predict(KernelCounts counts, MachineCode code)
    {
        double blocks = (double)counts.Blocks / counts.Launches;
        double warps = (double)counts.Warps / counts.Blocks;

        // The multiprocessor with the most blocks ends last; those beyond what fits at a time follow as others end.
        double resident = Math.Max(1, Math.Floor(code.WarpsPerMultiprocessor / warps));
        double share = blocks <= Multiprocessors * resident
            ? Math.Ceiling(blocks / Multiprocessors) / blocks
            : 1.0 / Multiprocessors;
        double cycles = 1e9 * Clock;
        double instructions = counts.Instructions * (double)code.Instructions / counts.Code;
        return new Prediction(
            Memory: 32.0 * (counts.LoadTouched + counts.StoreTouched) / (1e9 * CopyBandwidth),
            Cache: 32.0 * (counts.LoadSectors + counts.StoreSectors) / (1e9 * CacheBandwidth),
            Issue: instructions * share / (4 * IssueShare * cycles),
            Shared: counts.SharedCycles * share / cycles,
            Fixed: counts.Launches * Start + Meetings(counts, blocks) * Meeting);
    }

    /// <summary>How often all blocks waited for each other: each block then adds 1 to a number.</summary>
    private static double Meetings(KernelCounts counts, double blocks) =>
        counts.Cooperative == 0 ? 0 : counts.Atomics / blocks;
}

/// <summary>Predicted seconds: those of the busiest part of the GPU, and what nothing overlaps with.</summary>
/// <param name="Memory">Sectors that a launch touches, from and to memory.</param>
/// <param name="Cache">Sectors of all requests, through the second cache.</param>
/// <param name="Issue">Instructions, at 0.8 of the most that can be issued.</param>
/// <param name="Shared">Requests to shared memory.</param>
/// <param name="Fixed">Starts of launches, 1.3 µs each in a graph, and meetings of all blocks, 1.5 µs each.</param>
internal readonly record struct Prediction(double Memory, double Cache, double Issue, double Shared, double Fixed)
{
    /// <summary>The sum.</summary>
    public double Seconds => Fixed + Busy.Max(part => part.Seconds);

    /// <summary>The busiest part.</summary>
    public string Limit => Busy.MaxBy(part => part.Seconds) is var most && most.Seconds >= Fixed ? most.Name : "start";

    private (string Name, double Seconds)[] Busy =>
        [("memory", Memory), ("cache", Cache), ("instructions", Issue), ("shared memory", Shared)];
}
