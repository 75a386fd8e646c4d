using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The variants of TIFF: bit depth, byte order, alpha, pages.</summary>
public sealed class TiffFileTests : IDisposable
{
    private const int Width = 5;
    private const int Height = 4;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches lost low bits and exchanged bytes.</summary>
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(1, true, false)]
    [InlineData(3, false, false)]
    [InlineData(3, true, true)]
    [InlineData(4, false, true)]
    public void Sixteen_bits_are_read_to_the_last(int samples, bool isBigEndian, bool isDeflated)
    {
        ushort[] stored = Stored(samples);
        var writer = new TiffWriter(Width, Height, 16, samples)
        {
            IsBigEndian = isBigEndian,
            IsDeflated = isDeflated,
            ExtraSample = samples == 4 ? 2 : null,
        };

        Picture picture = Read(writer.Write(stored));

        Assert.True(picture.IsDeep);
        int channels = Math.Min(samples, 3);
        Assert.Equal(new Shape(1, channels, Height, Width), picture.Image.Shape);
        for (int i = 0; i < picture.Image.Values.Length; i++)
        {
            int c = i / (Width * Height);
            Assert.Equal(stored[i % (Width * Height) * samples + c] / 65535f, picture.Image.Values[i]);
        }

        Assert.Equal(samples == 4, picture.Alpha is not null);
        for (int i = 0; i < picture.Alpha?.Length; i++)
        {
            Assert.Equal(stored[4 * i + 3] / 65535f, picture.Alpha[i]);
        }
    }

    [Fact]
    public void White_can_be_zero()
    {
        Picture picture = Read(new TiffWriter(2, 1, 8, 1) { IsWhiteZero = true }.Write([0, 200]));
        Assert.Equal([1, 55 / 255f], picture.Image.Values);
    }

    /// <summary>Catches what ImageSharp decodes wrongly: fax pages inverted, infinities clipped to white.</summary>
    [Theory]
    [InlineData(259, 4, "fax")]
    [InlineData(339, 3, "floating-point")]
    public void What_would_be_decoded_wrongly_is_refused(int tag, int value, string reason)
    {
        byte[] file = new TiffWriter(8, 8, 8, 1) { Extra = (tag, value) }.Write(new ushort[64]);
        Assert.Contains(reason, Assert.Throws<InputException>(() => Read(file)).Message);
    }

    /// <summary>Catches memory that is reserved for the rows that a strip may have, not for those that there are.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_strip_may_be_longer_than_the_picture(bool isBigEndian)
    {
        const int Rows = 50_000_000;
        TiffWriter writer = new(Width, Height, 16, 1) { IsBigEndian = isBigEndian };
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        long before = process.PeakWorkingSet64;
        Picture picture = Read((writer with { ExtraLong = (278, Rows) }).Write(Stored(1)));
        Assert.Equal(Read(writer.Write(Stored(1))).Image.Values, picture.Image.Values);
        process.Refresh();
        Assert.InRange(process.PeakWorkingSet64 - before, 0, 300_000_000);
    }

    [Fact]
    public void Huge_tiles_are_refused()
    {
        byte[] file = (new TiffWriter(8, 8, 8, 1) { Extra = (322, 65_535) }).Write(new ushort[64]);
        Assert.Contains("tiles", Assert.Throws<InputException>(() => Read(file)).Message);
    }

    [Fact]
    public void A_smaller_copy_is_no_second_page()
    {
        Picture picture = Read(new TiffWriter(Width, Height, 16, 1) { Pages = [0, 1] }.Write(Stored(1)));
        Assert.Equal(new Shape(1, 1, Height, Width), picture.Image.Shape);
    }

    [Fact]
    public void Several_pages_are_refused()
    {
        AssertRefused(new TiffWriter(Width, Height, 16, 1) { Pages = [0, 0, 0] }.Write(Stored(1)), "3 pages");
    }

    /// <summary>Catches rows that are black because their data is missing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Short_strips_are_refused(bool isDeflated)
    {
        var writer = new TiffWriter(Width, Height, 16, 1) { IsDeflated = isDeflated };
        AssertRefused(writer.Write(Stored(1).AsSpan(0, Width * Height - 1)), "rows are missing");
    }

    /// <summary>Catches planes that are transparent black because their strips are missing.</summary>
    [Fact]
    public void Missing_planes_are_refused()
    {
        AssertRefused(new TiffWriter(Width, Height, 16, 3) { Planes = 2 }.Write(Stored(3)), "strips");
    }

    /// <summary>Catches a page that links to itself as the next page, on which a reader might loop forever.</summary>
    [Fact]
    public void A_circle_of_pages_is_refused()
    {
        byte[] file = new TiffWriter(Width, Height, 16, 1).Write(Stored(1));
        file.AsSpan(4, 4).CopyTo(file.AsSpan(file.Length - 4));
        AssertRefused(file, "circ");
    }

    private static ushort[] Stored(int samples) =>
        [.. Enumerable.Range(0, Width * Height * samples).Select(i => (ushort)(i * 12_347 + 77))];

    private Picture Read(byte[] bytes)
    {
        string file = _directory.File("a.tif");
        File.WriteAllBytes(file, bytes);
        return ImageFile.ReadPicture(file);
    }

    private void AssertRefused(byte[] bytes, string reason) =>
        Assert.Contains(reason, Assert.Throws<InputException>(() => Read(bytes)).Message);
}
