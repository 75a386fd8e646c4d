namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The side of a Winograd convolution that does not depend on the data: which kernels it takes, and G, by which their
/// weights are transformed: row j of the finite points a_j is a_j^i / Π_{k≠j}(a_j − a_k), from double.
/// </summary>
internal static class WinogradWeights
{
    /// <summary>Points of a transform, a side.</summary>
    public const int Points = 8;

    /// <summary>Products of a tile.</summary>
    public const int TilePoints = Points * Points;

    private const int MinTaps = 3;

    /// <summary>Taps a side of the largest kernel.</summary>
    public const int MaxTaps = 5;


    private static readonly double[] FinitePoints = [0, 1, -1, 2, -2, 0.5, -0.5];
    private static readonly float[][] Matrices = [Compute(3), Compute(4), Compute(5)];

    /// <summary>Whether kernels of so many taps a side are covered.</summary>
    public static bool Covers(int height, int width) => height == width && height is >= MinTaps and <= MaxTaps;

    /// <summary>Outputs of a transform, a side.</summary>
    public static int Outputs(int taps) => Points + 1 - taps;

    /// <summary>One past the last input row (or column) that the tiles of so many outputs read.</summary>
    public static int Reach(int outputs, int taps, int before)
    {
        int tile = Outputs(taps);
        return (outputs + tile - 1) / tile * tile - tile - before + Points;
    }

    /// <summary>G, one row for each point: point · taps + tap.</summary>
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
