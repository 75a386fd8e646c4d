using System.Buffers.Binary;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;
using SkiaSharp;

namespace InfAdmm.Imaging.Tests;

public sealed class ImageFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_png_gives_back_what_was_written(int channels)
    {
        var shape = new Shape(1, channels, 5, 7);
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => i * 37 % 256 / 255f)];
        string file = _directory.File("a.png");

        ImageFile.WritePng(file, values, shape);
        PlanarImage read = ImageFile.Read(file);

        Assert.Equal(shape, read.Shape);
        Assert.Equal(values, read.Values);
        Assert.Equal([file], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void Values_are_clipped_and_rounded()
    {
        string file = _directory.File("a.png");
        ImageFile.WritePng(file, [-1, 2, 0.4f / 255, 0.6f / 255], new Shape(1, 1, 2, 2));
        Assert.Equal([0, 1, 0, 1 / 255f], ImageFile.Read(file).Values);
    }

    [Fact]
    public void Transparency_does_not_darken_colours()
    {
        string file = _directory.File("a.png");
        using (var bitmap = new SKBitmap(new SKImageInfo(2, 1, SKColorType.Rgba8888, SKAlphaType.Unpremul)))
        {
            bitmap.SetPixel(0, 0, new SKColor(200, 100, 50, 3));
            bitmap.SetPixel(1, 0, new SKColor(10, 20, 30, 255));
            using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(file, data.ToArray());
        }

        Assert.Equal(
            [200 / 255f, 10 / 255f, 100 / 255f, 20 / 255f, 50 / 255f, 30 / 255f], ImageFile.Read(file).Values);
    }

    [Fact]
    public void A_colour_file_of_grey_pixels_is_grey()
    {
        string file = _directory.File("a.png");
        ImageFile.WritePng(file, [0, 1, 0, 1, 0, 1], new Shape(1, 3, 1, 2));
        Assert.Equal(new Shape(1, 1, 1, 2), ImageFile.Read(file).Shape);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Lossy_formats_are_read(SKEncodedImageFormat format)
    {
        string file = _directory.File("a.bin");
        using (var bitmap = new SKBitmap(new SKImageInfo(16, 8, SKColorType.Rgba8888, SKAlphaType.Opaque)))
        {
            bitmap.Erase(new SKColor(255, 128, 0));
            using SKData data = bitmap.Encode(format, 100);
            File.WriteAllBytes(file, data.ToArray());
        }

        PlanarImage image = ImageFile.Read(file);
        Assert.Equal(new Shape(1, 3, 8, 16), image.Shape);
        Assert.InRange(image.Values[0], 0.98f, 1f);
        Assert.InRange(image.Values[128], 0.48f, 0.52f);
        Assert.InRange(image.Values[256], 0f, 0.02f);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(2, 3, 3)]
    [InlineData(4, 2, 1)]
    [InlineData(6, 4, 3)]
    public void Sixteen_bits_are_read_to_the_last(byte colourType, int samples, int channels)
    {
        // Each row has another filter, all of which must be undone.
        const int Width = 3;
        const int Height = 5;
        ushort Sample(int y, int x, int c) => (ushort)((y * 9173 + x * 20011 + c * 7919) & 0xffff);
        string file = _directory.File("deep.png");
        File.WriteAllBytes(file, PngWriter.Write16(Width, Height, colourType, samples, Sample));

        PlanarImage image = ImageFile.Read(file);

        Assert.Equal(new Shape(1, channels, Height, Width), image.Shape);
        for (int i = 0; i < image.Values.Length; i++)
        {
            int c = i / (Width * Height);
            Assert.Equal(Sample(i / Width % Height, i % Width, c) / 65535f, image.Values[i]);
        }
    }

    [Fact]
    public void Bad_files_are_refused()
    {
        string file = _directory.File("bad.png");
        ImageFile.WritePng(file, new float[3 * 64 * 64], new Shape(1, 3, 64, 64));
        byte[] whole = File.ReadAllBytes(file);
        byte[] deep = PngWriter.Write16(64, 64, 2, 3, (y, x, c) => (ushort)(y * x * c));
        byte[] wide = [.. deep];
        BinaryPrimitives.WriteInt32BigEndian(wide.AsSpan(16), int.MaxValue);
        byte[] taller = [.. deep];
        BinaryPrimitives.WriteInt32BigEndian(taller.AsSpan(20), 65);
        foreach (byte[] bytes in new[] { [], whole[..60], whole[..^30], "text"u8.ToArray(), deep[..90], wide, taller })
        {
            File.WriteAllBytes(file, bytes);
            InputException refusal = Assert.Throws<InputException>(() => ImageFile.Read(file));
            Assert.Contains($"'{file}'", refusal.Message);
            Assert.Contains("give a", refusal.Message);
        }

        Assert.Throws<InputException>(() => ImageFile.Read(_directory.File("missing.png")));
        Assert.Throws<InputException>(() => ImageFile.Read(_directory.Path));
        Assert.Throws<ShapeException>(() => ImageFile.WritePng(file, new float[8], new Shape(1, 2, 2, 2)));
    }
}
