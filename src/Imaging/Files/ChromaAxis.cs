namespace InfAdmm.Imaging.Files;

/// <summary>Linear interpolation of chroma samples along one axis of a frame, at each of its pixels.</summary>
internal sealed class ChromaAxis
{
    /// <summary>Computes the samples and weights of each pixel.</summary>
    /// <param name="length">The pixels along the axis.</param>
    /// <param name="factor">Pixels for each sample: 1 or 2.</param>
    /// <param name="isCosited">
    /// Whether a sample lies on its first pixel, and not in the center of its pixels. Beyond the outermost samples
    /// their values continue.
    /// </param>
    public ChromaAxis(int length, int factor, bool isCosited)
    {
        Samples = (length + factor - 1) / factor;
        First = new int[length];
        Second = new int[length];
        Weight = new float[length];
        for (int i = 0; i < length; i++)
        {
            double place = isCosited ? (double)i / factor : (i + 0.5) / factor - 0.5;
            double inside = Math.Clamp(place, 0, Samples - 1);
            First[i] = (int)inside;
            Second[i] = Math.Min(First[i] + 1, Samples - 1);
            Weight[i] = (float)(inside - First[i]);
        }
    }

    /// <summary>The number of samples.</summary>
    public int Samples { get; }

    /// <summary>The sample before each pixel.</summary>
    public int[] First { get; }

    /// <summary>The sample after it.</summary>
    public int[] Second { get; }

    /// <summary>The weight of the sample after it, from 0 to 1; that before it has the rest.</summary>
    public float[] Weight { get; }
}
