namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// One axis of a picture, divided into evenly spaced, overlapping windows of equal length, and the weights that blend
/// the restored windows. At each pixel the weights of all windows add up to one, and at most two are nonzero. The
/// weight is zero next to a cut, because the window does not contain the pixels beyond it.
/// </summary>
internal sealed class WindowAxis
{
    private readonly int _unit;

    private WindowAxis(int length, int count, int side, int unit)
    {
        Length = length;
        Count = count;
        Side = side;
        _unit = unit;
    }

    /// <summary>The pixels of the picture along the axis.</summary>
    public int Length { get; }

    /// <summary>The number of windows.</summary>
    public int Count { get; }

    /// <summary>The pixels of a window along the axis.</summary>
    public int Side { get; }

    /// <summary>
    /// Creates the smallest number of windows of at most a given length, each as short as the overlap allows.
    /// </summary>
    /// <param name="length">The pixels of the picture along the axis.</param>
    /// <param name="side">The maximum length of a window, up to a unit; 0 for one window.</param>
    /// <param name="overlap">The minimum overlap of neighbouring windows, up to a unit; less than the side.</param>
    /// <param name="unit">Windows start at multiples of this.</param>
    public static WindowAxis Create(int length, int side, int overlap, int unit)
    {
        if (side == 0 || side >= length)
        {
            return new WindowAxis(length, 1, length, unit);
        }

        int count = DivideUp(length - overlap, side - overlap);
        int shortest = DivideUp(length + (count - 1) * overlap, count);
        return new WindowAxis(length, count, Math.Min(length, shortest + (length - shortest) % unit), unit);
    }

    /// <summary>The first pixel of a window.</summary>
    public int Start(int window) =>
        Count == 1 ? 0 : (int)((long)window * ((Length - Side) / _unit) / (Count - 1)) * _unit;

    /// <summary>The weights of a window's restored pixels.</summary>
    /// <param name="window">The window, counted from 0.</param>
    /// <param name="scale">Restored pixels for each pixel of the axis.</param>
    /// <param name="ramp">
    /// The number of restored pixels over which a window blends into the next, in the middle of their overlap.
    /// </param>
    public float[] Weights(int window, int scale, int ramp)
    {
        var weights = new float[Side * scale];
        double before = window == 0 ? double.NegativeInfinity : Crossing(window - 1);
        double after = window == Count - 1 ? double.PositiveInfinity : Crossing(window);
        for (int i = 0; i < weights.Length; i++)
        {
            double place = Start(window) * scale + i + 0.5;
            weights[i] = (float)(Rise(place - before) * Rise(after - place));
        }

        return weights;

        double Crossing(int left) => (Start(left) + Side + Start(left + 1)) * scale / 2.0;

        double Rise(double distance)
        {
            double sine = Math.Sin(Math.PI / 2 * Math.Clamp(distance / ramp + 0.5, 0, 1));
            return sine * sine;
        }
    }

    private static int DivideUp(int dividend, int divisor) => (dividend + divisor - 1) / divisor;
}
