namespace InfAdmm.Bench.Gpu;

/// <summary>How large the work of the benchmarks is, and how often it is repeated.</summary>
internal sealed record BenchScale
{
    /// <summary>What figures are taken at.</summary>
    public static BenchScale Full { get; } = new();

    /// <summary>
    /// Small enough for a driver that computes on the CPU: tries the script as a whole, no figure means anything.
    /// </summary>
    public static BenchScale Quick { get; } = new()
    {
        Image = 256,
        Matrix = 256,
        Network = 32,
        Batch = 2,
        ConvolutionScale = 8,
        Sizes = [64, 128],
        PeerSize = 128,
        WarmUps = 1,
        Repeats = 2,
        LoopLength = 2,
        Blocks = 1,
        IterationLength = 2,
        IterationBlocks = 2,
        FlushBytes = 1 << 20,
    };

    /// <summary>Rows of the images of ops that memory bounds.</summary>
    public int Image { get; private init; } = 4096;

    /// <summary>Rows of the matrices whose product stands for the peak of arithmetic.</summary>
    public int Matrix { get; private init; } = 8192;

    /// <summary>Rows of the images of the auto-encoder.</summary>
    public int Network { get; private init; } = 256;

    /// <summary>Images of its batch.</summary>
    public int Batch { get; private init; } = 8;

    /// <summary>What the planes of single convolutions are divided by.</summary>
    public int ConvolutionScale { get; private init; } = 1;

    /// <summary>Rows of x of the ADMM iterations.</summary>
    public IReadOnlyList<int> Sizes { get; private init; } = [64, 128, 256, 512, 1024];

    /// <summary>The one of them that the PyTorch peer runs.</summary>
    public int PeerSize { get; private init; } = 512;

    /// <summary>Runs before any is timed.</summary>
    public int WarmUps { get; private init; } = 10;

    /// <summary>Single runs that are timed.</summary>
    public int Repeats { get; private init; } = 101;

    /// <summary>Runs of a block, of work that follows itself.</summary>
    public int LoopLength { get; private init; } = 50;

    /// <summary>Blocks that are timed.</summary>
    public int Blocks { get; private init; } = 11;

    /// <summary>
    /// ADMM iterations of a block: all blocks together are the first 200 or so, as in the experiment, since inner loops
    /// that start warm take fewer steps the closer ADMM is to its end.
    /// </summary>
    public int IterationLength { get; private init; } = 20;

    /// <summary>Blocks of ADMM iterations.</summary>
    public int IterationBlocks { get; private init; } = 10;

    /// <summary>What is overwritten to empty the cache: more than any GPU's holds.</summary>
    public int FlushBytes { get; private init; } = 512 << 20;
}
