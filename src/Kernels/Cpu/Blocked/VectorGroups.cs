namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// Vectors of output channels, cut into the groups of up to three that a tile of the kernel computes. Weights of group g
/// start at <see cref="Start"/>·lanes·depth: groups lie one after the other, so any cut has the same total length.
/// </summary>
internal readonly record struct VectorGroups(int Vectors)
{
    /// <summary>Groups: threes, but for a rest of one that is better taken with the last three as two twos.</summary>
    public int Count => Vectors == 1 ? 1 : (Vectors + 2) / 3;

    /// <summary>The first vector of a group.</summary>
    public int Start(int group) => group <= Threes ? 3 * group : 3 * Threes + 2 * (group - Threes);

    /// <summary>The vectors of a group, 1 to 3.</summary>
    public int Size(int group) => Vectors == 1 ? 1 : group < Threes ? 3 : 2;

    private int Threes => Vectors == 1 ? 0 : Vectors % 3 == 0 ? Vectors / 3 : Vectors % 3 == 2 ? Vectors / 3 : Vectors / 3 - 1;
}
