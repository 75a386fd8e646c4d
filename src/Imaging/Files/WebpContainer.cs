using System.Buffers.Binary;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Checks the RIFF chunks of a WebP file (RFC 9649). ImageSharp rejects animations, but it accepts truncated files and
/// does not read the ICC profile.
/// </summary>
internal static class WebpContainer
{
    private const int HeaderLength = 12;
    private const byte AlphaFlag = 0x10;

    /// <summary>Reads everything except the pixels.</summary>
    /// <exception cref="BadPictureException">The file ends too early.</exception>
    public static ContainerFacts Inspect(byte[] file)
    {
        var facts = new ContainerFacts();
        long end = file.Length >= HeaderLength
            ? 8L + BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(4))
            : long.MaxValue;
        if (end > file.Length)
        {
            throw BadPictureException.Damaged("it ends too early");
        }

        for (long at = HeaderLength; at + 8 <= end;)
        {
            int start = (int)at + 8;
            long length = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan((int)at + 4));
            if (start + length > end)
            {
                throw BadPictureException.Damaged("a chunk ends behind the file");
            }

            facts = With(facts, file.AsSpan((int)at, 4), file.AsSpan(start, (int)length));

            // Chunks are padded to an even length.
            at = start + length + (length & 1);
        }

        return facts;
    }

    private static ContainerFacts With(ContainerFacts facts, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        if (type.SequenceEqual("VP8X"u8) && data.Length > 0)
        {
            return facts with { HasAlpha = (data[0] & AlphaFlag) != 0 };
        }

        // After the signature 0x2f: 14 bits each for width and height, then the bit that marks the use of alpha.
        if (type.SequenceEqual("VP8L"u8) && data.Length > 4)
        {
            return facts with { HasAlpha = facts.HasAlpha || (data[4] & 0x10) != 0 };
        }

        return type.SequenceEqual("ICCP"u8) ? facts with { IccProfile = data.ToArray() } : facts;
    }
}
