using InfAdmm.Cli.Html;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using SkiaSharp;

namespace InfAdmm.Cli.Tests;

/// <summary>Comparisons of pictures, and the pictures in them.</summary>
public sealed class GalleryTests
{
    /// <summary>Catches a measurement that is shown beside its place, so that the picture jumps at the cut.</summary>
    [Theory]
    [InlineData(4, 0)]
    [InlineData(4, 1.5)]
    [InlineData(2, 0)]
    [InlineData(1, 2)]
    public void A_pixel_lies_where_it_was_measured(int stride, double offset)
    {
        float[] values = new float[12 * 10];
        values[7 * 12 + 5] = 1;
        var picture = new ComparedPicture("dot", new PlanarImage(values, new Shape(1, 1, 10, 12)))
        {
            Stride = stride,
            Offset = (offset, offset),
        };

        (double row, double column) = Center(picture.Encode(new SKRectI(0, 0, 12 * stride, 10 * stride), 12 * stride, 10 * stride));

        Assert.Equal(7 * stride + offset, row, 0.02);
        Assert.Equal(5 * stride + offset, column, 0.02);
    }

    /// <summary>Catches parts and reductions that are shifted, and a reduction that drops pixels instead of averaging.</summary>
    [Theory]
    [InlineData(0, 0, 1024, 1024, 128)]
    [InlineData(0, 0, 1024, 1024, 400)]
    [InlineData(500, 600, 200, 200, 200)]
    [InlineData(500, 600, 200, 200, 40)]
    public void A_part_is_cut_out_and_reduced(int left, int top, int width, int height, int shown)
    {
        const int Side = 1024;
        float[] values = new float[Side * Side];
        for (int i = 0; i < 32 * 32; i++)
        {
            values[(640 + i / 32) * Side + 560 + i % 32] = 0.5f;
        }

        var picture = new ComparedPicture("spot", new PlanarImage(values, new Shape(1, 1, Side, Side)));

        byte[] file = picture.Encode(SKRectI.Create(left, top, width, height), shown, shown);

        double scale = (double)shown / width;
        (double row, double column) = Center(file);
        Assert.Equal(scale * (656 - top) - 0.5, row, 0.1);
        Assert.Equal(scale * (576 - left) - 0.5, column, 0.1);
        using SKBitmap bitmap = SKBitmap.Decode(file);
        double sum = bitmap.Pixels.Sum(pixel => pixel.Red / 255.0);
        Assert.Equal(scale * scale * 32 * 32 * 0.5, sum, 0.03 * sum);
    }

    /// <summary>Catches opacity that is lost, or colours that are multiplied by it.</summary>
    [Fact]
    public void Opacity_is_kept()
    {
        var picture = new ComparedPicture("half", new PlanarImage([1, 1, 1, 1], new Shape(1, 1, 2, 2)))
        {
            Alpha = [1, 1, 0.5f, 0],
        };
        using SKBitmap bitmap = SKBitmap.Decode(picture.Encode(new SKRectI(0, 0, 2, 2), 2, 2));
        Assert.Equal([255, 255, 128, 0], bitmap.Pixels.Select(pixel => pixel.Alpha));
        Assert.All(bitmap.Pixels[..3], pixel => Assert.Equal(255, pixel.Green));
    }

    /// <summary>Catches limits that do not hold, and a reduction that is not stated.</summary>
    [Fact]
    public void There_are_limits_to_number_and_size()
    {
        var few = new Gallery(2);
        Assert.False(few.IsFull);
        for (int i = 0; i < 3; i++)
        {
            Add(few, 8, 8);
        }

        Assert.True(few.IsFull);
        Assert.Equal(2, few.Count);
        Assert.DoesNotContain("reduced", few.Render().Text);
        Assert.Equal(2, few.Render().Text.AsSpan().Count("<figure"));

        var large = new Gallery(100);
        for (int i = 0; i < 100 && !large.IsFull; i++)
        {
            Add(large, 1250, 2000);
        }

        Assert.InRange(large.Count, 2, 99);
        string html = large.Render().Text;
        Assert.InRange(html.Length, 4_000_000, 9_700_000);
        Assert.Contains("2000×1250 pixels, reduced to 30 %", html);
        Assert.Equal(2 * large.Count, html.AsSpan().Count("<figure"));

        static void Add(Gallery gallery, int height, int width)
        {
            var shape = new Shape(1, 1, height, width);
            var random = new Random(5);
            float[] noise = [.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextSingle())];
            var picture = new ComparedPicture("noise", new PlanarImage(noise, shape));
            gallery.Add("noise", shape, [picture, picture], left: 0, right: 1);
        }
    }

    /// <summary>The center of what is bright, as a pixel index.</summary>
    private static (double Row, double Column) Center(byte[] file)
    {
        using SKBitmap bitmap = SKBitmap.Decode(file);
        double sum = 0;
        double row = 0;
        double column = 0;
        for (int i = 0; i < bitmap.Width * bitmap.Height; i++)
        {
            double value = bitmap.GetPixel(i % bitmap.Width, i / bitmap.Width).Green;
            sum += value;
            row += value * (i / bitmap.Width);
            column += value * (i % bitmap.Width);
        }

        return (row / sum, column / sum);
    }
}
