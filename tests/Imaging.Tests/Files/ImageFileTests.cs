using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace InfAdmm.Imaging.Tests;

/// <summary>What is written, and how a file of each format is read.</summary>
public sealed class ImageFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Formats => [.. TestPictures.Formats];

    /// <summary>
    /// The format, the orientation, whether width and height are exchanged, and where the top left corner goes.
    /// </summary>
    public static TheoryData<string, int, bool, int> Orientations
    {
        get
        {
            int[] corners = [0, 1, 3, 2, 0, 1, 3, 2];
            var data = new TheoryData<string, int, bool, int>();
            foreach (string format in new[] { "png", "jpeg", "webp", "tiff" })
            {
                for (int orientation = 1; orientation <= 8; orientation++)
                {
                    data.Add(format, orientation, orientation >= 5, corners[orientation - 1]);
                }
            }

            return data;
        }
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches a size that is not that of the header, and a damaged file that makes the count fail.</summary>
    [Fact]
    public void Pixels_are_counted_without_decoding()
    {
        Assert.All(TestPictures.Formats, format => Assert.Equal(40 * 30, ImageFile.CountPixels(TestPictures.Encode(format))));
        byte[] file = TestPictures.Encode("png");
        Assert.Equal(0, ImageFile.CountPixels(file[..10]));
        Assert.Equal(0, ImageFile.CountPixels([]));
        Assert.Equal(200_000L * 100_000, ImageFile.CountPixels("P5 200000 100000 255\n"u8.ToArray()));
        Assert.Equal(0, ImageFile.CountPixels("P5 200000 x"u8.ToArray()));
    }

    /// <summary>Catches a sample that changes between float and file, for each value that a file can hold.</summary>
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(3, false, false)]
    [InlineData(1, true, false)]
    [InlineData(3, true, false)]
    [InlineData(1, false, true)]
    [InlineData(3, false, true)]
    [InlineData(1, true, true)]
    [InlineData(3, true, true)]
    public void What_is_written_is_read_back(int channels, bool isDeep, bool hasAlpha)
    {
        int largest = isDeep ? 65535 : 255;
        var shape = new Shape(1, channels, 256, 257);
        float Level(int i) => (i * 37L + i / 11) % (largest + 1) / (float)largest;
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(Level)];
        float[]? alpha = hasAlpha ? [.. Enumerable.Range(1, shape.PlaneSize).Select(Level)] : null;
        string file = _directory.File("a.png");

        ImageFile.Write(file, new Picture(new PlanarImage(values, shape), alpha, isDeep));
        Picture read = ImageFile.ReadPicture(file);

        Assert.Equal(shape, read.Image.Shape);
        Assert.Equal(values, read.Image.Values);
        Assert.Equal((IEnumerable<float>?)alpha, read.Alpha);
        Assert.Equal(isDeep, read.IsDeep);
        Assert.Null(read.IccProfile);
        Assert.Null(read.Note);
        Assert.Equal([file], Directory.GetFiles(_directory.Path));
    }

    /// <summary>Catches an alpha channel that is dropped because no pixel uses it.</summary>
    /// <summary>Catches values that are not numbers and would become black pixels.</summary>
    [Theory]
    [InlineData(float.NaN, 1)]
    [InlineData(0, float.PositiveInfinity)]
    public void Values_that_are_not_finite_are_not_written(float value, float alpha)
    {
        string file = _directory.File("a.png");
        Assert.Throws<ArgumentException>(
            () => ImageFile.Write(file, [value, 0.5f], new Shape(1, 1, 1, 2), alpha: [alpha, 1]));
        Assert.False(File.Exists(file));
    }

    /// <summary>Catches a limit that is not asked before the pixels are read, in either kind of reader.</summary>
    [Theory]
    [InlineData("cases/rgb.png", 64 * 48)]
    [InlineData("cases/exif6.jpg", 64 * 48)]
    public void Pictures_above_the_limit_are_refused(string name, int pixels)
    {
        string file = Fixture.PathOf(name);
        Assert.NotNull(ImageFile.Read(file, pixels));
        InputException refusal = Assert.Throws<InputException>(() => ImageFile.Read(file, pixels - 1));
        Assert.Equal("max-pixels", refusal.Parameter);
        Assert.Contains("64x48", refusal.Message);
    }

    [Fact]
    public void An_alpha_channel_of_opaque_pixels_is_kept()
    {
        string file = _directory.File("a.png");
        ImageFile.Write(file, [0.2f, 0.4f], new Shape(1, 1, 1, 2), alpha: [1, 1]);
        Assert.Equal([1f, 1f], ImageFile.ReadPicture(file).Alpha!);
    }

    [Fact]
    public void Values_are_clipped_and_rounded()
    {
        string file = _directory.File("a.png");
        ImageFile.Write(file, [-1, 2, 0.4f / 255, 0.6f / 255], new Shape(1, 1, 2, 2));
        Assert.Equal([0, 1, 0, 1 / 255f], ImageFile.Read(file).Values);
    }

    /// <summary>Catches colours that are multiplied by alpha, or lost where it is 0.</summary>
    [Fact]
    public void Transparency_does_not_change_colours()
    {
        string file = _directory.File("a.png");
        float[] values = [200 / 255f, 10 / 255f, 100 / 255f, 20 / 255f, 50 / 255f, 30 / 255f];
        ImageFile.Write(file, values, new Shape(1, 3, 1, 2), alpha: [0, 3 / 255f]);
        Assert.Equal(values, ImageFile.Read(file).Values);
        Assert.Equal([0, 3 / 255f], ImageFile.ReadPicture(file).Alpha!);
    }

    [Fact]
    public void A_colour_file_of_grey_pixels_is_grey()
    {
        string file = _directory.File("a.png");
        ImageFile.Write(file, [0, 1, 0, 1, 0, 1], new Shape(1, 3, 1, 2));
        Assert.Equal(new Shape(1, 1, 1, 2), ImageFile.Read(file).Shape);
    }

    /// <summary>Catches exchanged channels or axes. Lossy formats may differ by a few levels.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void Each_format_is_read(string format)
    {
        string file = Write(TestPictures.Encode(format));
        float tolerance = format is "jpeg" or "webp-lossy" ? 20 / 255f : 0;

        Picture picture = ImageFile.ReadPicture(file);

        Assert.Equal(new Shape(1, 3, 30, 40), picture.Image.Shape);
        Assert.False(picture.IsDeep);
        Assert.Null(picture.Alpha);
        for (int i = 0; i < 1200; i++)
        {
            Rgb24 colour = TestPictures.Colour(i % 40, i / 40);
            Assert.Equal(colour.R / 255f, picture.Image.Values[i], tolerance);
            Assert.Equal(colour.G / 255f, picture.Image.Values[1200 + i], tolerance);
            Assert.Equal(colour.B / 255f, picture.Image.Values[2400 + i], tolerance);
        }
    }

    /// <summary>Catches an orientation that is not applied, for each orientation in each format.</summary>
    [Theory]
    [MemberData(nameof(Orientations))]
    public void A_photograph_is_turned_upright(string format, int orientation, bool isTurned, int brightCorner)
    {
        // The stored picture is bright at its top left; corners are counted row by row.
        string file = Write(TestPictures.Oriented(format, orientation));

        PlanarImage upright = ImageFile.ReadPicture(file).Image;

        Assert.Equal(isTurned ? new Shape(1, 1, 32, 16) : new Shape(1, 1, 16, 32), upright.Shape);
        int bottom = (upright.Shape.H - 1) * upright.Shape.W;
        int right = upright.Shape.W - 1;
        int[] corners = [0, right, bottom, bottom + right];
        Assert.Equal([brightCorner], Enumerable.Range(0, 4).Where(corner => upright.Values[corners[corner]] > 0.5));
        Assert.Equal(new Shape(1, 1, 16, 32), ImageFile.Read(file).Shape);
    }

    /// <summary>Catches an ICC profile that is lost or changed, or stored where the standard forbids it.</summary>
    [Theory]
    [InlineData("RGB ", 3, 2)]
    [InlineData("RGB ", 1, 2)]
    [InlineData("GRAY", 1, 0)]
    [InlineData("GRAY", 3, null)]
    [InlineData("CMYK", 3, null)]
    [InlineData("CMYK", 1, null)]
    public void An_icc_profile_is_kept_where_it_fits(string space, int channels, int? colourType)
    {
        byte[] profile = Profile(space);
        var shape = new Shape(1, channels, 2, 2);
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => i / 12f)];
        string file = _directory.File("a.png");

        ImageFile.Write(file, values, shape, isDeep: true, iccProfile: profile);
        Picture read = ImageFile.ReadPicture(file);

        Assert.Equal(colourType is null ? null : profile, read.IccProfile);
        Assert.Equal(colourType ?? (channels == 1 ? 0 : 2), File.ReadAllBytes(file)[25]);
        Assert.Equal(shape, read.Image.Shape);
        Assert.Equal(values, read.Image.Values.Select(value => MathF.Round(value * 12) / 12));
        using var other = Image.Load<Rgb24>(file);
        Assert.Equal(2, other.Width);
    }

    /// <summary>Catches the profiles of formats whose reader ignores them.</summary>
    [Fact]
    public void An_icc_profile_is_read_from_each_format_that_has_one()
    {
        // ImageSharp drops an invalid profile of a JPEG file, so this one is valid.
        byte[] profile = ImageFile.ReadPicture(Fixture.PathOf("cases/icc.png")).IccProfile!;
        byte[] tiff = new TiffWriter(2, 1, 8, 3) { IccProfile = profile }.Write([1, 2, 3, 4, 5, 6]);
        Assert.Equal(profile, ImageFile.ReadPicture(Write(tiff)).IccProfile);

        byte[] webp = TestPictures.Encode("webp");
        byte[] padding = profile.Length % 2 == 0 ? [] : [0];
        byte[] extended =
        [
            .. "VP8X"u8, 10, 0, 0, 0, 0x20, 0, 0, 0, 39, 0, 0, 29, 0, 0,
            .. "ICCP"u8, .. BitConverter.GetBytes(profile.Length), .. profile, .. padding,
        ];
        byte[] length = BitConverter.GetBytes(webp.Length - 8 + extended.Length);
        byte[] file = [.. "RIFF"u8, .. length, .. "WEBP"u8, .. extended, .. webp[12..]];
        Assert.Equal(profile, ImageFile.ReadPicture(Write(file)).IccProfile);

        byte[] jpeg = TestPictures.Encode("jpeg");
        int marker = 2 + 12 + 2 + profile.Length;
        byte[] segment = [0xff, 0xe2, (byte)(marker >> 8), (byte)marker, .. "ICC_PROFILE\0"u8, 1, 1, .. profile];
        Assert.Equal(profile, ImageFile.ReadPicture(Write([.. jpeg[..2], .. segment, .. jpeg[2..]])).IccProfile);
    }

    [Fact]
    public void Shapes_that_are_no_picture_are_refused()
    {
        string file = _directory.File("a.png");
        Assert.Throws<ShapeException>(() => ImageFile.Write(file, new float[8], new Shape(1, 2, 2, 2)));
        Assert.Throws<ShapeException>(() => ImageFile.Write(file, new float[8], new Shape(2, 1, 2, 2)));
        Assert.Throws<ShapeException>(() => ImageFile.Write(file, new float[5], new Shape(1, 1, 2, 2)));
        Assert.Throws<ShapeException>(() => ImageFile.Write(file, new float[4], new Shape(1, 1, 2, 2), alpha: [1]));
        Assert.False(File.Exists(file));
    }

    private static byte[] Profile(string space)
    {
        byte[] profile = [.. Enumerable.Range(0, 600).Select(i => (byte)(i * i))];
        System.Text.Encoding.ASCII.GetBytes(space).CopyTo(profile, 16);
        return profile;
    }

    private string Write(byte[] bytes)
    {
        string file = _directory.File("a.bin");
        File.WriteAllBytes(file, bytes);
        return file;
    }
}
