using System.Buffers.Binary;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>
/// Files that are truncated or damaged, or state a size that they do not have, are rejected with their name.
/// </summary>
public sealed class DamagedFileTests : IDisposable
{
    private const int Seed = 20170906;

    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Formats => [.. TestPictures.Formats];

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches pixels that a decoder invents: grey, black or transparent after the end of the file.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void A_truncated_file_is_refused(string format)
    {
        byte[] whole = TestPictures.Encode(format);

        // The checksum of the end chunk, and the end marker.
        int harmless = format switch
        {
            "png" => 8,
            "jpeg" => 2,
            _ => 0,
        };
        Assert.Equal(new Shape(1, 3, 30, 40), ImageFile.Read(Write(whole)).Shape);
        for (int length = 0; length < whole.Length - harmless; length += 1 + whole.Length / 150)
        {
            AssertRefused(whole[..length]);
        }

        AssertRefused(whole[..^(harmless + 1)]);
    }

    /// <summary>Catches decoder exceptions that escape, and damage that only a checksum reveals.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void A_damaged_file_is_read_or_refused(string format)
    {
        byte[] whole = TestPictures.Encode(format);
        float[] pixels = ImageFile.Read(Write(whole)).Values;
        var random = new Random(Seed);
        for (int trial = 0; trial < 300; trial++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            Write(damaged);
            try
            {
                float[] read = ImageFile.Read(Write(damaged)).Values;
                Assert.True(format != "png" || read.AsSpan().SequenceEqual(pixels));
            }
            catch (InputException refusal)
            {
                AssertOneLine(refusal);
            }
        }
    }

    /// <summary>Catches missing rows that become black although all checksums are correct.</summary>
    [Fact]
    public void A_png_of_too_few_rows_is_refused()
    {
        byte[] rows = [.. Enumerable.Range(0, 6).SelectMany(row => new byte[] { 0, 1, 2, 3 })];
        Assert.Equal(6, ImageFile.Read(Write(PngWriter.Assemble(3, 6, 8, 0, rows))).Shape.H);
        Assert.Contains("rows are missing", AssertRefused(PngWriter.Assemble(3, 7, 8, 0, rows)));
        Assert.Contains("rows are missing", AssertRefused(PngWriter.Assemble(4, 6, 8, 0, rows)));
    }

    [Fact]
    public void Animations_are_refused()
    {
        byte[] two = [0, 0, 0, 2, 0, 0, 0, 0];
        byte[] png = PngWriter.Assemble(1, 1, 8, 0, [0, 9], ("acTL", two));
        Assert.Contains("animation", AssertRefused(png));

        byte[] webp = TestPictures.Encode("webp");
        byte[] flags = [.. "VP8X"u8, 10, 0, 0, 0, 0x02, 0, 0, 0, 39, 0, 0, 29, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(webp.AsSpan(4), webp.Length - 8 + flags.Length);
        AssertRefused([.. webp[..12], .. flags, .. webp[12..]]);
    }

    /// <summary>Catches memory that is allocated only because a header states a large size.</summary>
    [Theory]
    [InlineData("jpeg", 16_000, 16_000, "cannot hold")]
    [InlineData("bmp", 16_000, 16_000, "cannot hold")]
    [InlineData("bmp", 40_000, 40_000, "the limit is")]
    [InlineData("png", 16_000, 16_000, "cannot hold")]
    [InlineData("png", 40_000, 40_000, "the limit is")]
    [InlineData("tiff", 16_000, 16_000, "cannot hold")]
    [InlineData("tiff", 40_000, 40_000, "the limit is")]
    public void A_header_that_claims_too_much_is_refused_at_once(string format, int width, int height, string reason)
    {
        byte[] file = format switch
        {
            "png" => PngWriter.Assemble(width, height, 8, 2, [0, 1, 2, 3]),
            "tiff" => new TiffWriter(width, height, 8, 3).Write([1, 2, 3]),
            _ => TestPictures.Encode(format),
        };
        if (format == "bmp")
        {
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        }
        else if (format == "jpeg")
        {
            int frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xff, 0xc0]);
            BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), (ushort)height);
            BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), (ushort)width);
        }

        Write(file);
        AssertRefused(file);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = AssertRefused(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Contains(reason, message);
    }

    [Fact]
    public void What_is_not_a_picture_is_refused()
    {
        AssertRefused([]);
        AssertRefused("text"u8.ToArray());
        Assert.Contains("give a PNG", AssertRefused("GIF89a nothing else"u8.ToArray()));
        string missing = Assert.Throws<InputException>(() => ImageFile.Read(_directory.File("missing.png"))).Message;
        Assert.Contains("missing.png' cannot be read", missing);
        Assert.Contains("is a folder", Assert.Throws<InputException>(() => ImageFile.Read(_directory.Path)).Message);
        Assert.Throws<InputException>(() => ImageFile.Read("a\0.png"));
    }

    private string AssertRefused(byte[] bytes)
    {
        string file = Write(bytes);
        InputException refusal = Assert.Throws<InputException>(() => ImageFile.Read(file));
        Assert.StartsWith($"'{file}' ", refusal.Message);
        AssertOneLine(refusal);
        return refusal.Message;
    }

    private static void AssertOneLine(InputException refusal)
    {
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Matches("(give|convert|save|cut) ", refusal.Message);
    }

    private string Write(byte[] bytes)
    {
        string file = _directory.File("damaged.bin");
        File.WriteAllBytes(file, bytes);
        return file;
    }
}
