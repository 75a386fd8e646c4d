namespace InfAdmm.Kernels.Cpu;

/// <summary>How the parallel loops of ops are cut into the pieces that workers claim.</summary>
internal static class PieceSizes
{
    /// <summary>
    /// Pieces that keep a few cores evenly busy to the end of a loop; more of them only cost more claims.
    /// </summary>
    public const int EnoughPieces = 16;

    /// <summary>
    /// Elements, or frequencies, in a piece of a loop that is bound by memory: enough to make the cost of a claim
    /// negligible, few enough for three operands (96 KiB) to fit the second-level cache. Reductions add up one partial
    /// sum for each piece, so a change of this number changes their results.
    /// </summary>
    public const int Elements = 8192;

    /// <summary>Pixels of a layout change that are worth a piece of their own.</summary>
    public const int Pixels = 512;

    /// <summary>The number of pieces for a given number of elements.</summary>
    public static int Count(int elements) => (elements + Elements - 1) / Elements;
}
