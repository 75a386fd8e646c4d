namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>
/// The side of a Winograd convolution that does not depend on the data: which kernels it takes, and G, by which their
/// weights are transformed. G is exact in double: row j of the finite points a_j is a_j^i / Π_{k≠j}(a_j − a_k).
/// </summary>
internal static class WinogradWeights
{
    /// <summary>Points of a transform, a side.</summary>
    public const int Points = 8;

    private static readonly double[] s_points = [0, 1, -1, 2, -2, 0.5, -0.5];

    /// <summary>Whether kernels of so many taps a side are covered.</summary>
    public static bool Covers(int height, int width) => height == width && height is >= 3 and <= 5;

    /// <summary>Outputs of a transform, a side.</summary>
    public static int Outputs(int taps) => Points + 1 - taps;

    /// <summary>G: the points by the taps.</summary>
    public static double[,] Matrix(int taps)
    {
        var matrix = new double[Points, taps];
        for (int point = 0; point < s_points.Length; point++)
        {
            double denominator = 1;
            foreach (double other in s_points)
            {
                denominator *= other == s_points[point] ? 1 : s_points[point] - other;
            }

            for (int tap = 0; tap < taps; tap++)
            {
                matrix[point, tap] = Math.Pow(s_points[point], tap) / denominator;
            }
        }

        matrix[Points - 1, taps - 1] = 1;
        return matrix;
    }
}
