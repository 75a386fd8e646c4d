using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;

namespace InfAdmm.Imaging.Datasets;

/// <summary>A decoded image to cut crops from: one plane per channel, one byte per sample.</summary>
public sealed class ByteImage
{
    private static readonly float[] Scaled = [.. Enumerable.Range(0, 256).Select(value => value / 255f)];

    private readonly byte[] _values;

    private ByteImage(byte[] values, int height, int width)
    {
        _values = values;
        Height = height;
        Width = width;
    }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>The bytes that its samples occupy.</summary>
    public long Bytes => _values.Length;

    /// <summary>Rounds an image to bytes, and converts it to grey or colour.</summary>
    /// <param name="image">One or three channels in [0, 1]; other values are clipped.</param>
    /// <param name="channels">1 for grey (by <see cref="Luma"/>), 3 for colour (a grey image three times).</param>
    public static ByteImage Create(PlanarImage image, int channels)
    {
        int count = image.Shape.PlaneSize;
        var values = new byte[channels * count];
        ReadOnlySpan<float> source = image.Values;
        if (channels == 1 && image.Shape.C == 3)
        {
            for (int i = 0; i < count; i++)
            {
                values[i] = ToByte(Luma.Of(source[i], source[count + i], source[2 * count + i]));
            }

            return new ByteImage(values, image.Shape.H, image.Shape.W);
        }

        int sourceStep = image.Shape.C == 1 ? 0 : count;
        for (int c = 0; c < channels; c++)
        {
            for (int i = 0; i < count; i++)
            {
                values[c * count + i] = ToByte(source[c * sourceStep + i]);
            }
        }

        return new ByteImage(values, image.Shape.H, image.Shape.W);
    }

    /// <summary>Copies a square to planes of floats in [0, 1].</summary>
    /// <param name="top">The first row of the square in the image.</param>
    /// <param name="left">The first column of the square in the image.</param>
    /// <param name="size">The height and width of the square.</param>
    /// <param name="orientation">How the copy is mirrored and rotated.</param>
    /// <param name="planes">Receives (channels, size, size); its length determines the number of channels.</param>
    public void Crop(int top, int left, int size, Orientation orientation, Span<float> planes)
    {
        int count = size * size;
        (int row, int column) = orientation.Source(0, 0, size);
        (int nextRow, int nextColumn) = orientation.Source(0, 1, size);
        int step = (nextRow - row) * Width + nextColumn - column;
        for (int plane = 0; plane < planes.Length / count; plane++)
        {
            ReadOnlySpan<byte> source = _values.AsSpan(plane * Height * Width, Height * Width);
            for (int i = 0; i < size; i++)
            {
                (row, column) = orientation.Source(i, 0, size);
                int at = (top + row) * Width + left + column;
                Span<float> line = planes.Slice(plane * count + i * size, size);
                for (int j = 0; j < size; j++)
                {
                    line[j] = Scaled[source[at]];
                    at += step;
                }
            }
        }
    }

    private static byte ToByte(float value) => (byte)MathF.Round(Math.Clamp(value, 0, 1) * 255);
}
