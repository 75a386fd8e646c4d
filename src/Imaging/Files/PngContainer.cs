using System.Buffers.Binary;
using System.Text;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Checks the chunks of a PNG file (ISO/IEC 15948). ImageSharp verifies their checksums, but it accepts animations and
/// missing rows, and does not read the ICC profile.
/// </summary>
internal static class PngContainer
{
    private const int SignatureLength = 8;
    private const int ChunkOverhead = 12;

    /// <summary>First column, first row, column step and row step of the seven passes of Adam7 (8.2).</summary>
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Reads everything except the pixels.</summary>
    /// <exception cref="BadPictureException">The file is an animation, ends too early or lacks rows.</exception>
    public static ContainerFacts Inspect(byte[] file)
    {
        var facts = new ContainerFacts();
        using var packed = new MemoryStream();
        long expected = 0;
        foreach ((string type, int start, int length) in Chunks(file))
        {
            ReadOnlySpan<byte> data = file.AsSpan(start, length);
            switch (type)
            {
                case "IHDR":
                    facts = facts with { IsDeep = data[8] == 16, HasAlpha = (data[9] & 4) != 0 };
                    expected = FilteredLength(data);
                    CheckInterlacing(data);
                    break;
                case "tRNS":
                    facts = facts with { HasAlpha = true };
                    break;
                case "iCCP":
                    byte[]? profile = PngColorProfile.Unpack(data);
                    facts = facts with
                    {
                        IccProfile = profile,
                        Note = profile is null ? "its ICC profile is damaged and was ignored" : null,
                    };
                    break;
                case "acTL" when length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(data) > 1:
                    throw BadPictureException.SeveralPictures("an animation");
                case "IDAT":
                    packed.Write(data);
                    break;
            }
        }

        packed.Position = 0;
        if (Inflation.Length(packed, expected) < expected)
        {
            throw BadPictureException.Damaged("rows are missing");
        }

        return facts;
    }

    /// <summary>
    /// Rejects interlaced files of fewer than 5 columns: ImageSharp 2 does not return from them, because their second
    /// pass is empty.
    /// </summary>
    private static void CheckInterlacing(ReadOnlySpan<byte> header)
    {
        if (header[12] != 0 && BinaryPrimitives.ReadInt32BigEndian(header) < 5)
        {
            throw new BadPictureException(
                "is an interlaced PNG file of fewer than 5 columns, which cannot be read",
                "save it without interlacing");
        }
    }

    /// <summary>Returns the chunks up to the end chunk, whose checksum may be missing.</summary>
    private static IEnumerable<(string Type, int Start, int Length)> Chunks(byte[] file)
    {
        int at = SignatureLength;
        while (at + 8 <= file.Length)
        {
            string type = Encoding.ASCII.GetString(file, at + 4, 4);
            if (type == "IEND")
            {
                yield break;
            }

            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            if (length > file.Length - at - ChunkOverhead || (type == "IHDR" && length < 13))
            {
                break;
            }

            yield return (type, at + 8, (int)length);
            at += ChunkOverhead + (int)length;
        }

        throw BadPictureException.Damaged("it ends too early");
    }

    /// <summary>The number of bytes of all rows before compression, including their filter bytes.</summary>
    private static long FilteredLength(ReadOnlySpan<byte> header)
    {
        int width = BinaryPrimitives.ReadInt32BigEndian(header);
        int height = BinaryPrimitives.ReadInt32BigEndian(header[4..]);
        int samples = header[9] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        long bits = samples * header[8];
        if (header[12] == 0)
        {
            return height * (1 + (width * bits + 7) / 8);
        }

        long total = 0;
        foreach ((int x, int y, int stepX, int stepY) in Passes)
        {
            long columns = Math.Max(0, (width - x + stepX - 1) / stepX);
            long rows = Math.Max(0, (height - y + stepY - 1) / stepY);
            total += columns == 0 ? 0 : rows * (1 + (columns * bits + 7) / 8);
        }

        return total;
    }
}
