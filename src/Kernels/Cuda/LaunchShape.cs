namespace InfAdmm.Kernels.Cuda;

/// <summary>The numbers of blocks and threads of a launch.</summary>
/// <param name="GridX">Blocks along x, at most 2³¹ − 1.</param>
/// <param name="GridY">Blocks along y, at most 65,535.</param>
/// <param name="GridZ">Blocks along z, at most 65,535.</param>
/// <param name="BlockX">Threads along x.</param>
/// <param name="BlockY">Threads along y.</param>
/// <param name="SharedBytes">Dynamic shared memory per block, in bytes.</param>
/// <param name="Cooperative">True if all blocks run at the same time, so that they can wait for each other.</param>
internal readonly record struct LaunchShape(
    int GridX, int GridY = 1, int GridZ = 1, int BlockX = LaunchShape.Threads, int BlockY = 1, int SharedBytes = 0,
    bool Cooperative = false)
{
    /// <summary>The default number of threads per block.</summary>
    public const int Threads = 256;

    /// <summary>
    /// For grid-stride loops with the given number of elements per thread and iteration: enough blocks for all
    /// elements, but at most <paramref name="maxBlocks"/>.
    /// </summary>
    public static LaunchShape Elements(long count, int perThread = 4, int maxBlocks = 2048) =>
        new((int)Math.Clamp((count + Threads * perThread - 1) / (Threads * perThread), 1, maxBlocks));
}
