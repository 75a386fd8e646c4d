using InfAdmm.Engine;

namespace InfAdmm.Imaging.Restoration;

/// <summary>The order of the bytes of a pixel.</summary>
public enum PixelFormat
{
    /// <summary>One byte, grey.</summary>
    Gray8,

    /// <summary>Red, green, blue.</summary>
    Rgb24,

    /// <summary>Blue, green, red.</summary>
    Bgr24,

    /// <summary>Red, green, blue, and a byte that is not read and is written as 255.</summary>
    Rgbx32,

    /// <summary>Blue, green, red, and a byte that is not read and is written as 255.</summary>
    Bgrx32,
}

/// <summary>Where the pixels of a picture lie in memory: rows from the top, pixels from the left.</summary>
public readonly record struct PixelLayout
{
    /// <summary>The most pixels of a picture: their bytes can be counted in any format.</summary>
    internal const int MostPixels = int.MaxValue / 4;

    /// <summary>Describes a picture.</summary>
    /// <param name="width">The width, in pixels.</param>
    /// <param name="height">The height, in pixels.</param>
    /// <param name="format">The bytes of a pixel.</param>
    /// <param name="rowBytes">The bytes from one row to the next; 0 for rows without gaps.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or a row does not fit.</exception>
    /// <exception cref="InputException">The picture has too many pixels.</exception>
    public PixelLayout(int width, int height, PixelFormat format, int rowBytes = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if ((long)width * height > MostPixels)
        {
            throw new InputException(
                $"a picture of {width}x{height} is too large: cut it into pieces of at most {MostPixels / 1_000_000} megapixels");
        }

        (Width, Height, Format) = (width, height, format);
        BytesPerPixel = format switch
        {
            PixelFormat.Gray8 => 1,
            PixelFormat.Rgb24 or PixelFormat.Bgr24 => 3,
            PixelFormat.Rgbx32 or PixelFormat.Bgrx32 => 4,
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "there is no such pixel format"),
        };
        RowBytes = rowBytes == 0 ? width * BytesPerPixel : rowBytes;
        if (RowBytes < width * BytesPerPixel || (long)RowBytes * height > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(
                nameof(rowBytes),
                $"{height} rows of {width} pixels in {format} cannot lie {RowBytes} bytes apart: a row has " +
                $"{width * BytesPerPixel} bytes, and all rows together may have {int.MaxValue}; 0 is for rows without gaps");
        }
    }

    /// <summary>The width, in pixels.</summary>
    public int Width { get; }

    /// <summary>The height, in pixels.</summary>
    public int Height { get; }

    /// <summary>The bytes of a pixel.</summary>
    public PixelFormat Format { get; }

    /// <summary>The bytes from one row to the next.</summary>
    public int RowBytes { get; }

    /// <summary>The number of bytes of a pixel.</summary>
    public int BytesPerPixel { get; }

    /// <summary>The number of bytes from the first pixel to the last one.</summary>
    public int ByteCount => (Height - 1) * RowBytes + Width * BytesPerPixel;

    /// <summary>The shape of the values as planes: (1, 1 or 3, height, width).</summary>
    public Shape Shape => new(1, Format == PixelFormat.Gray8 ? 1 : 3, Height, Width);

    /// <summary>The position of red and of blue in a pixel; that of green lies between.</summary>
    private (int Red, int Blue) Order => Format switch
    {
        PixelFormat.Gray8 => (0, 0),
        PixelFormat.Bgr24 or PixelFormat.Bgrx32 => (2, 0),
        _ => (0, 2),
    };

    /// <summary>Reads pixels into planes of values, scaled to [0, 1].</summary>
    internal void Read(ReadOnlySpan<byte> pixels, Span<float> planes)
    {
        int size = Width * Height;
        int channels = planes.Length / size;
        for (int c = 0; c < channels; c++)
        {
            int from = Position(c);
            for (int i = 0; i < Height; i++)
            {
                ReadOnlySpan<byte> row = pixels.Slice(i * RowBytes, Width * BytesPerPixel);
                Span<float> values = planes.Slice(c * size + i * Width, Width);
                for (int j = 0; j < values.Length; j++)
                {
                    values[j] = row[from + j * BytesPerPixel] / 255f;
                }
            }
        }
    }

    /// <summary>Writes planes of values, clipped to [0, 1] and rounded; grey ones to all colours.</summary>
    internal void Write(ReadOnlySpan<float> planes, Span<byte> pixels)
    {
        int size = Width * Height;
        int channels = planes.Length / size;
        for (int at = 0; at < BytesPerPixel; at++)
        {
            int c = at == 3 ? -1 : at == 1 ? 1 : at == Order.Red ? 0 : 2;
            for (int i = 0; i < Height; i++)
            {
                Span<byte> row = pixels.Slice(i * RowBytes, Width * BytesPerPixel);
                if (c < 0)
                {
                    for (int j = 0; j < Width; j++)
                    {
                        row[at + j * BytesPerPixel] = byte.MaxValue;
                    }

                    continue;
                }

                ReadOnlySpan<float> values = planes.Slice(Math.Min(c, channels - 1) * size + i * Width, Width);
                for (int j = 0; j < values.Length; j++)
                {
                    row[at + j * BytesPerPixel] = (byte)MathF.Round(Math.Clamp(values[j], 0, 1) * 255);
                }
            }
        }
    }

    private int Position(int channel) => channel switch
    {
        0 => Order.Red,
        1 => 1,
        _ => Order.Blue,
    };
}
