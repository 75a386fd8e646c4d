namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Vectors of output channels, divided into the groups that a tile of the kernel computes. The weights of group g start
/// at <see cref="Start"/>·lanes·depth: groups are contiguous, so any division has the same total length.
/// </summary>
/// <param name="Vectors">The number of vectors in all groups.</param>
/// <param name="MaxSize">3, or 2 if smaller groups divide the work better among the threads.</param>
internal readonly record struct VectorGroups(int Vectors, int MaxSize = 3)
{
    /// <summary>
    /// The number of groups. A remainder of one is combined with the last three vectors into two groups of two.
    /// </summary>
    public int Count => Vectors == 1 ? 1 : (Vectors + MaxSize - 1) / MaxSize;

    /// <summary>The first vector of a group.</summary>
    public int Start(int group) => group <= Threes ? 3 * group : 3 * Threes + 2 * (group - Threes);

    /// <summary>The number of vectors in a group, 1 to 3.</summary>
    public int Size(int group) => group < Threes ? 3 : Math.Min(2, Vectors - Start(group));

    private int Threes => MaxSize < 3 || Vectors == 1 ? 0 : Vectors % 3 == 1 ? Vectors / 3 - 1 : Vectors / 3;
}
