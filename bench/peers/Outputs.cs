namespace InfAdmm.Bench.Peers;

/// <summary>Compares the outputs of two programs.</summary>
internal static class Outputs
{
    /// <summary>Returns the largest absolute difference of two outputs; NaN if any value is NaN.</summary>
    public static double LargestDifference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double largest = 0;
        for (int i = 0; i < a.Length; i++)
        {
            // Math.Max propagates NaN.
            largest = Math.Max(largest, Math.Abs((double)a[i] - b[i]));
        }

        return largest;
    }
}
