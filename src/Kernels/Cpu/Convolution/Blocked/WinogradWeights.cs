namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The constants of minimal filtering: which kernels it supports, and the matrix G that transforms their weights. Row
/// j, for the finite point a_j, is a_j^i / Π_{k≠j}(a_j − a_k), computed in double.
/// </summary>
internal static class WinogradWeights
{
    /// <summary>Points per side of a transform.</summary>
    public const int Points = 8;

    /// <summary>Points of a tile: products per pair of channels.</summary>
    public const int TilePoints = Points * Points;

    private const int MinTaps = 3;

    /// <summary>Taps per side of the largest kernel.</summary>
    public const int MaxTaps = 5;

    private static readonly double[] FinitePoints = [0, 1, -1, 2, -2, 0.5, -0.5];
    private static readonly float[][] Matrices = [Compute(3), Compute(4), Compute(5)];

    /// <summary>Whether kernels of this size are supported.</summary>
    public static bool Covers(int height, int width) => height == width && height is >= MinTaps and <= MaxTaps;

    /// <summary>Outputs per side of a tile.</summary>
    public static int Outputs(int taps) => Points + 1 - taps;

    /// <summary>One past the last input row (or column) that the tiles of the given number of outputs read.</summary>
    public static int Reach(int outputs, int taps, int before)
    {
        int tile = Outputs(taps);
        return (outputs + tile - 1) / tile * tile - tile - before + Points;
    }

    /// <summary>G, row-major: point · taps + tap.</summary>
    public static float[] Matrix(int taps) => Matrices[taps - MinTaps];

    private static float[] Compute(int taps)
    {
        var matrix = new float[Points * taps];
        for (int point = 0; point < FinitePoints.Length; point++)
        {
            double denominator = 1;
            foreach (double other in FinitePoints)
            {
                denominator *= other == FinitePoints[point] ? 1 : FinitePoints[point] - other;
            }

            for (int tap = 0; tap < taps; tap++)
            {
                matrix[point * taps + tap] = (float)(Math.Pow(FinitePoints[point], tap) / denominator);
            }
        }

        matrix[^1] = 1;
        return matrix;
    }
}
