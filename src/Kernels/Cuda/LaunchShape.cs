namespace InfAdmm.Kernels.Cuda;

/// <summary>How many blocks of how many threads a kernel is launched with.</summary>
/// <param name="GridX">Blocks along x, at most 2³¹ − 1.</param>
/// <param name="GridY">Blocks along y, at most 65,535.</param>
/// <param name="GridZ">Blocks along z, at most 65,535.</param>
/// <param name="BlockX">Threads along x.</param>
/// <param name="BlockY">Threads along y.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
/// <param name="Cooperative">All blocks run at once, so that they can wait for each other.</param>
internal readonly record struct LaunchShape(
    int GridX, int GridY = 1, int GridZ = 1, int BlockX = LaunchShape.Threads, int BlockY = 1, int SharedBytes = 0,
    bool Cooperative = false)
{
    /// <summary>The threads of a block, unless a kernel says else.</summary>
    public const int Threads = 256;

    /// <summary>
    /// For loops over the grid with so many elements a thread and turn: enough blocks for all, at most
    /// <paramref name="most"/>.
    /// </summary>
    public static LaunchShape Elements(long count, int perThread = 4, int most = 2048) =>
        new((int)Math.Clamp((count + Threads * perThread - 1) / (Threads * perThread), 1, most));
}
