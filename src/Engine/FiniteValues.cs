namespace InfAdmm.Engine;

/// <summary>The check that values are numbers, for files, measurements and results.</summary>
public static class FiniteValues
{
    /// <summary>The index of the first value that is NaN or infinite; −1 if all are finite.</summary>
    public static int IndexOfNonFinite(ReadOnlySpan<float> values) =>
        values.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue);

    /// <summary>Whether no value is NaN or infinite.</summary>
    public static bool All(ReadOnlySpan<float> values) => IndexOfNonFinite(values) < 0;
}
