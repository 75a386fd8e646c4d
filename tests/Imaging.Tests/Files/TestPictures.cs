using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;

namespace InfAdmm.Imaging.Tests;

/// <summary>
/// Small picture files of each format, written by ImageSharp's encoders and <see cref="TiffWriter"/>.
/// </summary>
internal static class TestPictures
{
    /// <summary>The formats of the available files.</summary>
    public static readonly string[] Formats =
        ["png", "jpeg", "webp", "webp-lossy", "bmp", "tiff", "tiff-deflate", "ppm"];

    /// <summary>A smooth colour picture.</summary>
    public static byte[] Encode(string format, int width = 40, int height = 30)
    {
        using var image = new Image<Rgb24>(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                image[x, y] = Colour(x, y);
            }
        }

        return format switch
        {
            "png" => Save(image, new PngEncoder()),
            "jpeg" => Save(image, new JpegEncoder { Quality = 95 }),
            "webp" => Save(image, new WebpEncoder { FileFormat = WebpFileFormatType.Lossless }),
            "webp-lossy" => Save(image, new WebpEncoder { FileFormat = WebpFileFormatType.Lossy, Quality = 95 }),
            "bmp" => Save(image, new BmpEncoder()),
            "tiff" => new TiffWriter(width, height, 8, 3).Write(Samples(width, height)),
            "tiff-deflate" => new TiffWriter(width, height, 8, 3) { IsDeflated = true }.Write(Samples(width, height)),
            _ => [.. System.Text.Encoding.ASCII.GetBytes($"P6 {width} {height} 255\n"),
                .. Samples(width, height).Select(sample => (byte)sample)],
        };
    }

    /// <summary>The red, green and blue of a pixel.</summary>
    public static Rgb24 Colour(int x, int y) => new((byte)(5 * x + y), (byte)(7 * y + 20), (byte)(255 - 3 * x - 2 * y));

    /// <summary>The file of an image with pixels of any type.</summary>
    public static byte[] Save<TPixel>(Image<TPixel> image, IImageEncoder encoder)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        using var file = new MemoryStream();
        image.Save(file, encoder);
        return file.ToArray();
    }

    /// <summary>A picture that is white in its top left corner and black elsewhere, with an Exif orientation.</summary>
    public static byte[] Oriented(string format, int orientation)
    {
        const int Width = 32;
        const int Height = 16;
        if (format == "tiff")
        {
            ushort[] samples =
            [
                .. Enumerable.Range(0, Width * Height)
                    .Select(i => IsCorner(i % Width, i / Width) ? byte.MaxValue : (ushort)0),
            ];
            return new TiffWriter(Width, Height, 8, 1) { Orientation = orientation }.Write(samples);
        }

        using var image = new Image<Rgb24>(Width, Height);
        for (int i = 0; i < Width * Height; i++)
        {
            image[i % Width, i / Width] = IsCorner(i % Width, i / Width) ? Color.White : Color.Black;
        }

        image.Metadata.ExifProfile = new ExifProfile();
        image.Metadata.ExifProfile.SetValue(ExifTag.Orientation, (ushort)orientation);
        return Save(image, format switch
        {
            "png" => new PngEncoder(),
            "jpeg" => new JpegEncoder { Quality = 100 },
            _ => new WebpEncoder { FileFormat = WebpFileFormatType.Lossless },
        });
    }

    private static bool IsCorner(int x, int y) => x < 8 && y < 8;

    private static ushort[] Samples(int width, int height) =>
    [
        .. Enumerable.Range(0, width * height).SelectMany(i =>
        {
            Rgb24 colour = Colour(i % width, i / width);
            return new ushort[] { colour.R, colour.G, colour.B };
        }),
    ];
}
