using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Files that were once read wrongly; tests/Fixtures/README.md states their origin.</summary>
public sealed class CaseFileTests
{
    [Theory]
    [InlineData("png8eXIf.png")]
    [InlineData("exif6.jpg")]
    public void Exif_turns_upright(string name)
    {
        PlanarImage stored = ImageFile.Read(Case(name));
        PlanarImage upright = ImageFile.ReadPicture(Case(name)).Image;

        Assert.Equal(new Shape(1, 3, 48, 64), stored.Shape);
        Assert.Equal(new Shape(1, 3, 64, 48), upright.Shape);
        for (int i = 0; i < upright.Values.Length; i++)
        {
            // Orientation 6: the first column is the last row, from right to left.
            (int c, int y, int x) = (i / 3072, i / 48 % 64, i % 48);
            Assert.Equal(stored.Values[(c * 48 + 47 - x) * 64 + y], upright.Values[i]);
        }
    }

    [Fact]
    public void Transparent_colours_of_sixteen_bits_become_alpha()
    {
        Picture picture = ImageFile.ReadPicture(Case("rgb16_trns.png"));
        Assert.True(picture.IsDeep);
        Assert.NotNull(picture.Alpha);
        Assert.All(picture.Alpha, value => Assert.True(value is 0 or 1));
        Assert.Contains(0, picture.Alpha);
        Assert.Contains(1, picture.Alpha);
    }

    [Fact]
    public void Icc_profile_survives_writing()
    {
        using var directory = new TemporaryDirectory();
        Picture picture = ImageFile.ReadPicture(Case("icc.png"));
        Assert.Equal(ImageFile.Read(Case("rgb.png")).Values, picture.Image.Values);
        Assert.NotNull(picture.IccProfile);
        Assert.Equal("acsp"u8, picture.IccProfile.AsSpan(36, 4));

        ImageFile.Write(directory.File("a.png"), picture);
        Assert.Equal(picture.IccProfile, ImageFile.ReadPicture(directory.File("a.png")).IccProfile);
    }

    [Fact]
    public void Interlaced_sixteen_bits_are_read()
    {
        Picture picture = ImageFile.ReadPicture(Case("ramp16i.png"));
        Assert.True(picture.IsDeep);
        Assert.Equal(new Shape(1, 1, 32, 64), picture.Image.Shape);
        Assert.Equal(20_000 / 65535f, picture.Image.Values[0]);

        // More distinct values than 8 bits can represent in this range.
        Assert.True(picture.Image.Values.Distinct().Count() > 4);
        Assert.Equal(20_800 / 65535f, picture.Image.Values[^1]);
    }

    [Fact]
    public void A_missing_end_marker_is_noted()
    {
        Picture picture = ImageFile.ReadPicture(Case("prog_noeoi.jpg"));
        Assert.Equal(new Shape(1, 3, 48, 64), picture.Image.Shape);
        Assert.Contains("end marker", picture.Note);
    }

    /// <summary>Catches a progressive file that passes as complete although a part of its scans is missing.</summary>
    [Fact]
    public void More_than_a_missing_end_marker_is_refused()
    {
        using var directory = new TemporaryDirectory();
        byte[] file = File.ReadAllBytes(Case("prog_noeoi.jpg"));
        string cut = directory.File("cut.jpg");
        for (int length = file.Length - 2; length > 2000; length -= 7)
        {
            File.WriteAllBytes(cut, file[..length]);
            Assert.Throws<InputException>(() => ImageFile.ReadPicture(cut));
        }
    }

    [Theory]
    [InlineData("anim.gif", "is not a picture that can be read: give a PNG")]
    [InlineData("png-damage-16bit-colour2.png", "is damaged")]
    [InlineData("bomb16claim.png", "has 26000x26000 pixels; the limit is ")]
    [InlineData("claims-huge.bmp", "has 32768x8967 pixels; the limit is ")]
    public void Bad_files_are_refused(string name, string reason) =>
        Assert.StartsWith(
            $"'{Case(name)}' {reason}", Assert.Throws<InputException>(() => ImageFile.ReadPicture(Case(name))).Message);

    /// <summary>Catches the black of invisible pixels that a filter spreads to white ones.</summary>
    [Fact]
    public void Invisible_pixels_take_the_colour_of_visible_ones()
    {
        Picture picture = ImageFile.ReadPicture(Case("alpha_zero_black.png"));
        Picture filled = TransparentPixels.Fill(picture);

        int[] hidden = [.. Enumerable.Range(0, picture.Alpha!.Length).Where(i => picture.Alpha[i] == 0)];
        Assert.NotEmpty(hidden);
        float[] red = picture.Image.Values;
        Assert.All(hidden, i => Assert.Equal(0, red[i]));
        float[] values = filled.Image.Values;
        Assert.All(hidden, i => Assert.True(values[i] + values[i + 3072] + values[i + 6144] > 0));
        int[] visible = [.. Enumerable.Range(0, 3072).Except(hidden)];
        Assert.Equal(visible.Select(i => red[i]), visible.Select(i => values[i]));
        Assert.Same(picture.Alpha, filled.Alpha);
    }

    [Fact]
    public void An_array_with_channels_last_is_refused_with_the_order()
    {
        string message = Assert.Throws<InputException>(() => NpyFile.Read(Case("hwc.npy"))).Message;
        Assert.Contains("(16, 24, 3) looks like (height, width, channels), not (channels, height, width)", message);
    }

    /// <summary>Catches a line with a zero byte that aborts the run, or is skipped without being reported.</summary>
    [Fact]
    public void A_zero_byte_in_a_list_is_named_and_its_line_skipped()
    {
        using var directory = new TemporaryDirectory();
        foreach (string list in new[] { "images.txt", "train_test_split.txt" })
        {
            File.Copy(Case("cub-nul/" + list), directory.File(list));
        }

        SampleFiles.WritePictures(directory.File("images"), "a/1.jpg", "a/2.jpg");
        var lines = new List<string>();
        IImageSet test = ImageSets.Open(directory.Path, DataSplit.Test);

        (int Index, PlanarImage Image)[] read = [.. new SkippingImages(test, lines.Add).All()];
        Assert.Equal((0, 0), (Assert.Single(read).Index, SampleFiles.ValueOf(read[0].Image)));
        Assert.StartsWith(
            $"skipped: line 2 of '{directory.File("images.txt")}' contains a zero byte", Assert.Single(lines));
        Assert.Contains("line 2 of ", SampleFiles.Refusal(Case("cub-nul")));
    }

    private static string Case(string name) => Fixture.PathOf(Path.Combine("cases", name));
}
