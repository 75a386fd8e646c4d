using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The variants of PNG: bit depths, palettes, transparency, interlacing.</summary>
public sealed class PngFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches lost low bits. Each row uses another filter, and all must be undone.</summary>
    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(2, 3, 3)]
    [InlineData(4, 2, 1)]
    [InlineData(6, 4, 3)]
    public void Sixteen_bits_are_read_to_the_last(byte colourType, int samples, int channels)
    {
        const int Width = 3;
        const int Height = 5;
        ushort Sample(int y, int x, int c) => (ushort)((y * 9173 + x * 20011 + c * 7919) & 0xffff);

        Picture picture = Read(PngWriter.Write16(Width, Height, colourType, samples, Sample));

        Assert.True(picture.IsDeep);
        Assert.Equal(new Shape(1, channels, Height, Width), picture.Image.Shape);
        for (int i = 0; i < picture.Image.Values.Length; i++)
        {
            int c = i / (Width * Height);
            Assert.Equal(Sample(i / Width % Height, i % Width, c) / 65535f, picture.Image.Values[i]);
        }

        Assert.Equal(samples % 2 == 0, picture.Alpha is not null);
        for (int i = 0; i < picture.Alpha?.Length; i++)
        {
            Assert.Equal(Sample(i / Width, i % Width, channels) / 65535f, picture.Alpha[i]);
        }
    }

    /// <summary>Catches a wrong row count of a pass, which would reject valid files of some sizes.</summary>
    [Fact]
    public void Interlaced_files_of_any_size_are_read()
    {
        for (int height = 1; height <= 9; height++)
        {
            for (int width = 5; width <= 13; width++)
            {
                Picture picture = Read(
                    PngWriter.WriteInterlaced16(width, height, (y, x) => (ushort)(y * 7919 + x * 31)));

                Assert.True(picture.IsDeep);
                Assert.Equal(new Shape(1, 1, height, width), picture.Image.Shape);
                ushort[] stored =
                    [.. Enumerable.Range(0, width * height).Select(i => (ushort)(i / width * 7919 + i % width * 31))];
                Assert.Equal(stored.Select(sample => sample / 65535f), picture.Image.Values);
            }
        }
    }

    /// <summary>Catches a reader that does not return.</summary>
    [Fact]
    public void Interlaced_files_that_are_too_narrow_are_refused()
    {
        for (int width = 1; width <= 4; width++)
        {
            byte[] file = PngWriter.WriteInterlaced16(width, 8, (_, _) => 9);
            Assert.Contains("interlacing", Assert.Throws<InputException>(() => Read(file)).Message);
        }
    }

    [Fact]
    public void Palette_and_its_transparency_are_applied()
    {
        // Two pixels of four bits per row.
        byte[] rows = [0, 0x01, 0, 0x20];
        byte[] palette = [10, 20, 30, 40, 50, 60, 70, 80, 90];

        Picture picture = Read(PngWriter.Assemble(2, 2, 4, 3, rows, ("PLTE", palette), ("tRNS", [255, 128])));

        Assert.Equal([10, 40, 70, 10], Levels(picture.Image.Values[..4]));
        Assert.Equal([30, 60, 90, 30], Levels(picture.Image.Values[8..]));
        Assert.Equal([255, 128, 255, 255], Levels(picture.Alpha!));
    }

    [Fact]
    public void A_grey_level_can_be_transparent()
    {
        Picture picture = Read(PngWriter.Assemble(2, 1, 8, 0, [0, 40, 41], ("tRNS", [0, 40])));
        Assert.Equal([40, 41], Levels(picture.Image.Values));
        Assert.Equal([0, 255], Levels(picture.Alpha!));
    }

    [Fact]
    public void Bits_are_scaled_to_the_whole_range()
    {
        Assert.Equal([255, 0, 255], Levels(Read(PngWriter.Assemble(3, 1, 1, 0, [0, 0b1010_0000])).Image.Values));
        Assert.Equal([0, 85, 170, 255], Levels(Read(PngWriter.Assemble(4, 1, 2, 0, [0, 0b0001_1011])).Image.Values));
    }

    [Fact]
    public void A_damaged_profile_is_noted_and_left_out()
    {
        Picture picture = Read(PngWriter.Assemble(1, 1, 8, 2, [0, 1, 2, 3], ("iCCP", [.. "x\0\0nothing"u8])));
        Assert.Null(picture.IccProfile);
        Assert.Contains("profile", picture.Note);
    }

    private static int[] Levels(float[] values) => [.. values.Select(value => (int)MathF.Round(value * 255))];

    private Picture Read(byte[] bytes)
    {
        string file = _directory.File("a.png");
        File.WriteAllBytes(file, bytes);
        return ImageFile.ReadPicture(file);
    }
}
