using InfAdmm.Engine;
using SkiaSharp;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Pictures: PNG, JPEG, WebP and BMP. Stored values are taken as they are, without colour management; an alpha
/// channel does not darken the colours.
/// </summary>
public static class ImageFile
{
    /// <summary>
    /// Reads a picture as it is stored, scaled to [0, 1]: one channel if it is grey or if all its pixels are, else red,
    /// green, blue. An alpha channel is left out.
    /// </summary>
    /// <exception cref="InputException">The file cannot be read; the message names it and the mend.</exception>
    public static PlanarImage Read(string path) => ReadStored(path).Picture.Image;

    /// <summary>Reads a picture as it is to be seen, upright, with its alpha channel.</summary>
    /// <exception cref="InputException">The file cannot be read; the message names it and the mend.</exception>
    public static Picture ReadPicture(string path)
    {
        (Picture picture, SKEncodedOrigin origin) = ReadStored(path);
        return EncodedOrientation.Upright(picture, origin);
    }

    private static (Picture Picture, SKEncodedOrigin Origin) ReadStored(string path)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {failure.Message}; give a file that can", failure);
        }

        // Skia halves the precision of 16-bit samples, so those are read here.
        (Picture picture, SKEncodedOrigin origin) = Png16.IsOne(file)
            ? (Png16.Read(path, file), SKEncodedOrigin.TopLeft)
            : Decode(path, file);
        return (picture with { Image = GreyIfGrey(picture.Image) }, origin);
    }

    /// <summary>Writes a picture as PNG; values are clipped to [0, 1] and rounded.</summary>
    public static void Write(string path, Picture picture) =>
        PngEncoder.Write(path, picture.Image.Values, picture.Image.Shape, picture.IsDeep, picture.Alpha);

    /// <summary>Writes an 8-bit PNG of one or three channels; values are clipped to [0, 1] and rounded.</summary>
    public static void WritePng(string path, ReadOnlySpan<float> values, Shape shape)
    {
        using SKBitmap bitmap = ToBitmap(values, shape);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, data.SaveTo);
    }

    private static (Picture Picture, SKEncodedOrigin Origin) Decode(string path, byte[] file)
    {
        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        if (codec is null)
        {
            throw new InputException($"'{path}' is no picture that can be read: give a PNG, JPEG, WebP or BMP file");
        }

        if ((long)codec.Info.Width * codec.Info.Height > int.MaxValue / 4)
        {
            throw new InputException(
                $"'{path}' has {codec.Info.Width}x{codec.Info.Height} pixels: cut it into pieces below 500 megapixels");
        }

        // Without a colour space no colours are converted; unpremultiplied, so that alpha scales none.
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap(info);
        SKCodecResult result = codec.GetPixels(info, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            throw new InputException($"'{path}' is damaged ({result}): give a whole PNG, JPEG, WebP or BMP file");
        }

        int count = info.Width * info.Height;
        var values = new float[3 * count];
        float[]? alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? null : new float[count];
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < 3; c++)
            {
                values[c * count + i] = pixels[4 * i + c] / 255f;
            }

            if (alpha is not null)
            {
                alpha[i] = pixels[4 * i + 3] / 255f;
            }
        }

        var image = new PlanarImage(values, new Shape(1, 3, info.Height, info.Width));
        return (new Picture(image, alpha, Png16.IsDeep(file)), codec.EncodedOrigin);
    }

    private static PlanarImage GreyIfGrey(PlanarImage image)
    {
        if (image.Shape.C == 1)
        {
            return image;
        }

        int count = image.Shape.PlaneSize;
        Span<float> red = image.Values.AsSpan(0, count);
        bool grey = red.SequenceEqual(image.Values.AsSpan(count, count))
            && red.SequenceEqual(image.Values.AsSpan(2 * count, count));
        return grey ? new PlanarImage(red.ToArray(), image.Shape with { C = 1 }) : image;
    }

    /// <summary>A picture in memory, 8 bits a sample; the caller disposes it.</summary>
    public static SKBitmap ToBitmap(ReadOnlySpan<float> values, Shape shape)
    {
        if (shape.N != 1 || shape.C is not (1 or 3) || values.Length != shape.Count)
        {
            throw new ShapeException($"{values.Length} values of shape {shape} are no grey or colour picture");
        }

        bool grey = shape.C == 1;
        var info = new SKImageInfo(
            shape.W, shape.H, grey ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque);
        var bitmap = new SKBitmap(info);
        int count = shape.PlaneSize;
        Span<byte> pixels = bitmap.GetPixelSpan();
        int step = info.BytesPerPixel;
        pixels.Fill(byte.MaxValue);
        for (int row = 0; row < shape.H; row++)
        {
            for (int column = 0; column < shape.W; column++)
            {
                int i = row * shape.W + column;
                int at = row * bitmap.RowBytes + column * step;
                for (int c = 0; c < shape.C; c++)
                {
                    pixels[at + c] = ToByte(values[c * count + i]);
                }
            }
        }

        return bitmap;
    }

    private static byte ToByte(float value) => (byte)MathF.Round(Math.Clamp(value, 0, 1) * 255);
}
