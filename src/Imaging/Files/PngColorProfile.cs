using System.Buffers.Binary;
using System.IO.Compression;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// The ICC profile of a PNG file, in its iCCP chunk (ISO/IEC 15948, 11.3.3.3), which ImageSharp 2 ignores.
/// </summary>
internal static class PngColorProfile
{
    private const int HeaderEnd = 8 + 25;

    /// <summary>The maximum decompressed size. Profiles are a few kilobytes; a larger one is ignored.</summary>
    private const int LargestProfile = 1 << 26;

    private static ReadOnlySpan<byte> Name => "ICC profile\0"u8;

    /// <summary>Decompresses the profile of an iCCP chunk; null if the chunk is damaged.</summary>
    public static byte[]? Unpack(ReadOnlySpan<byte> chunk)
    {
        int nameEnd = chunk.IndexOf((byte)0);
        if (nameEnd < 0 || nameEnd + 2 > chunk.Length || chunk[nameEnd + 1] != 0)
        {
            return null;
        }

        try
        {
            using var packed = new MemoryStream(chunk[(nameEnd + 2)..].ToArray());
            using var unpacked = new ZLibStream(packed, CompressionMode.Decompress);
            using var profile = new MemoryStream();
            byte[] buffer = new byte[1 << 14];
            for (int read = unpacked.Read(buffer); read > 0; read = unpacked.Read(buffer))
            {
                profile.Write(buffer, 0, read);
                if (profile.Length > LargestProfile)
                {
                    return null;
                }
            }

            return profile.Length > 0 ? profile.ToArray() : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Inserts an iCCP chunk after the header of a PNG file.</summary>
    public static byte[] Insert(byte[] png, byte[] profile)
    {
        using var chunk = new MemoryStream();
        chunk.Write("iCCP"u8);
        chunk.Write(Name);
        chunk.WriteByte(0);
        using (var packed = new ZLibStream(chunk, CompressionLevel.Optimal, leaveOpen: true))
        {
            packed.Write(profile);
        }

        byte[] body = chunk.ToArray();
        byte[] length = new byte[4];
        byte[] checksum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, body.Length - 4);
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc(body));
        return [.. png.AsSpan(0, HeaderEnd), .. length, .. body, .. checksum, .. png.AsSpan(HeaderEnd)];
    }

    /// <summary>The CRC-32 of a chunk's type and data, computed bit by bit because profiles are short.</summary>
    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xedb88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
