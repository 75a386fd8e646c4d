using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>An image to cut crops from: planes of rows, a byte a sample.</summary>
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

    /// <summary>The memory of its samples.</summary>
    public long Bytes => _values.Length;

    /// <summary>Rounds an image to bytes, as grey or in colour.</summary>
    public static ByteImage Create(PlanarImage image, int channels)
    {
        int count = image.Shape.PlaneSize;
        var values = new byte[channels * count];
        ReadOnlySpan<float> source = image.Values;
        if (channels == 1 && image.Shape.C == 3)
        {
            for (int i = 0; i < count; i++)
            {
                values[i] = ToByte(0.299f * source[i] + 0.587f * source[count + i] + 0.114f * source[2 * count + i]);
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

    /// <summary>Copies a square, turned, to planes of floats in [0, 1].</summary>
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
