namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// Makes one axis of a picture periodic: a margin around its pixels blends from the mirror image at one end into the
/// mirror image at the other, so that the ends of the extended axis match (docs/mathematics.md §9). Without it, the
/// jump between opposite edges of a photograph causes ringing with a periodic A.
/// </summary>
internal sealed class EdgeExtension
{
    private readonly int[] _nearer;
    private readonly int[] _farther;
    private readonly float[] _weights;

    /// <summary>Computes the margin.</summary>
    /// <param name="length">The pixels of the picture along the axis.</param>
    /// <param name="extended">The pixels with the margin; at least the length.</param>
    /// <param name="before">The pixels of the margin before the picture; the others follow it.</param>
    public EdgeExtension(int length, int extended, int before)
    {
        Length = length;
        Extended = extended;
        Before = before;
        _nearer = new int[extended];
        _farther = new int[extended];
        _weights = new float[extended];
        int margin = extended - length;
        for (int i = 0; i < extended; i++)
        {
            int t = (i - before + extended) % extended;
            _nearer[i] = Mirrored(t, length);
            if (t >= length)
            {
                double sine = Math.Sin(Math.PI / 2 * (t - length + 0.5) / margin);
                _weights[i] = (float)(sine * sine);
                _farther[i] = Mirrored(t - extended, length);
            }
        }
    }

    /// <summary>The pixels of the picture along the axis.</summary>
    public int Length { get; }

    /// <summary>The pixels with the margin.</summary>
    public int Extended { get; }

    /// <summary>The position of the first pixel of the picture.</summary>
    public int Before { get; }

    /// <summary>Extends a window of a plane along both axes.</summary>
    /// <param name="plane">Rows of <paramref name="width"/> pixels.</param>
    /// <param name="width">The width of the plane.</param>
    /// <param name="top">The window's first row.</param>
    /// <param name="left">The window's first column.</param>
    /// <param name="rows">The vertical axis.</param>
    /// <param name="columns">The horizontal axis.</param>
    /// <param name="result">The extended window, rows.Extended × columns.Extended pixels.</param>
    public static void Apply(
        ReadOnlySpan<float> plane, int width, int top, int left, EdgeExtension rows, EdgeExtension columns,
        Span<float> result)
    {
        int wide = columns.Extended;
        for (int i = 0; i < rows.Length; i++)
        {
            columns.ExtendRow(
                plane.Slice((top + i) * width + left, columns.Length), result.Slice((rows.Before + i) * wide, wide));
        }

        for (int i = 0; i < rows.Extended; i++)
        {
            if (i >= rows.Before && i < rows.Before + rows.Length)
            {
                continue;
            }

            float weight = rows._weights[i];
            ReadOnlySpan<float> near = result.Slice((rows.Before + rows._nearer[i]) * wide, wide);
            ReadOnlySpan<float> far = result.Slice((rows.Before + rows._farther[i]) * wide, wide);
            Span<float> row = result.Slice(i * wide, wide);
            for (int j = 0; j < wide; j++)
            {
                row[j] = near[j] + weight * (far[j] - near[j]);
            }
        }
    }

    private void ExtendRow(ReadOnlySpan<float> row, Span<float> result)
    {
        for (int j = 0; j < Extended; j++)
        {
            float near = row[_nearer[j]];
            result[j] = near + _weights[j] * (row[_farther[j]] - near);
        }
    }

    /// <summary>The pixel at position t of an axis that is mirrored at its ends; the last pixel is repeated.</summary>
    private static int Mirrored(int t, int length)
    {
        int place = (t % (2 * length) + 2 * length) % (2 * length);
        return place < length ? place : 2 * length - 1 - place;
    }
}
