namespace InfAdmm.Nn.Weights;

/// <summary>The values of an array of weights; its name is the key in <see cref="WeightSet"/>.</summary>
/// <param name="Shape">The extents as stored, of any rank.</param>
/// <param name="Values">The elements in row-major order.</param>
public sealed record WeightArray(int[] Shape, float[] Values)
{
    /// <summary>Whether a file stores the values in half precision, as <see cref="Rounded"/> leaves them.</summary>
    public bool IsHalf { get; init; }

    /// <summary>
    /// The values rounded to half precision (11 significant bits), for files of half the size; the array itself if one of
    /// them is too large for it (above 65504).
    /// </summary>
    public WeightArray Rounded()
    {
        float[] rounded = Array.ConvertAll(Values, value => (float)(Half)value);
        return rounded.Any(float.IsInfinity) ? this : this with { Values = rounded, IsHalf = true };
    }
}
