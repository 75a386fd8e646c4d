namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Vectors of output channels, cut into the groups that a tile of the kernel computes. Weights of group g start at
/// <see cref="Start"/>·lanes·depth: groups lie one after the other, so any cut has the same total length.
/// </summary>
/// <param name="Vectors">Vectors in all groups.</param>
/// <param name="MaxSize">3, or 2 where smaller groups share the work better between threads.</param>
internal readonly record struct VectorGroups(int Vectors, int MaxSize = 3)
{
    /// <summary>Groups: threes, but for a rest of one that is better taken with the last three as two twos.</summary>
    public int Count => Vectors == 1 ? 1 : (Vectors + MaxSize - 1) / MaxSize;

    /// <summary>The first vector of a group.</summary>
    public int Start(int group) => group <= Threes ? 3 * group : 3 * Threes + 2 * (group - Threes);

    /// <summary>The vectors of a group, 1 to 3.</summary>
    public int Size(int group) => group < Threes ? 3 : Math.Min(2, Vectors - Start(group));

    private int Threes => MaxSize < 3 || Vectors == 1 ? 0 : Vectors % 3 == 1 ? Vectors / 3 - 1 : Vectors / 3;
}
