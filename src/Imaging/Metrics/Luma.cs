namespace InfAdmm.Imaging.Metrics;

/// <summary>The grey value of a colour: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601, full range).</summary>
public static class Luma
{
    /// <summary>The weight of red.</summary>
    public const double Red = 0.299;

    /// <summary>The weight of green.</summary>
    public const double Green = 0.587;

    /// <summary>The weight of blue.</summary>
    public const double Blue = 0.114;

    /// <summary>The weights of red, green and blue; their sum is 1.</summary>
    public static IReadOnlyList<double> Weights { get; } = [Red, Green, Blue];

    /// <summary>The grey value of a colour, in the scale of its channels.</summary>
    public static float Of(float red, float green, float blue) =>
        (float)Red * red + (float)Green * green + (float)Blue * blue;
}
