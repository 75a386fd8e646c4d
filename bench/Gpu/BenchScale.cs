namespace InfAdmm.Bench.Gpu;

/// <summary>The problem sizes of the benchmarks and the number of repetitions.</summary>
internal sealed record BenchScale
{
    /// <summary>The sizes for reported results.</summary>
    public static BenchScale Full { get; } = new();

    /// <summary>
    /// Small enough for a driver stand-in that computes on the CPU: tests the script as a whole; the timings have no
    /// meaning.
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

    /// <summary>The rows of the images for memory-bound ops.</summary>
    public int Image { get; private init; } = 4096;

    /// <summary>The rows of the matrices whose product defines the arithmetic peak.</summary>
    public int Matrix { get; private init; } = 8192;

    /// <summary>The rows of the images for the auto-encoder.</summary>
    public int Network { get; private init; } = 256;

    /// <summary>The images per batch of the auto-encoder.</summary>
    public int Batch { get; private init; } = 8;

    /// <summary>The divisor of the image size of single convolutions.</summary>
    public int ConvolutionScale { get; private init; } = 1;

    /// <summary>The rows of x in ADMM iterations.</summary>
    public IReadOnlyList<int> Sizes { get; private init; } = [64, 128, 256, 512, 1024];

    /// <summary>The size that the PyTorch peer runs; one of <see cref="Sizes"/>.</summary>
    public int PeerSize { get; private init; } = 512;

    /// <summary>The number of warm-up runs.</summary>
    public int WarmUps { get; private init; } = 10;

    /// <summary>The number of timed single runs.</summary>
    public int Repeats { get; private init; } = 101;

    /// <summary>The number of back-to-back runs per block.</summary>
    public int LoopLength { get; private init; } = 50;

    /// <summary>The number of timed blocks.</summary>
    public int Blocks { get; private init; } = 11;

    /// <summary>
    /// The number of ADMM iterations per block. All blocks together cover about the first 200 iterations, as in the
    /// experiment: warm-started inner loops take fewer steps the closer ADMM is to convergence.
    /// </summary>
    public int IterationLength { get; private init; } = 20;

    /// <summary>The number of blocks of ADMM iterations.</summary>
    public int IterationBlocks { get; private init; } = 10;

    /// <summary>The bytes overwritten to flush the cache: more than any GPU's cache holds.</summary>
    public int FlushBytes { get; private init; } = 512 << 20;
}
