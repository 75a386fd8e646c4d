using System.Buffers.Binary;

namespace InfAdmm.Imaging.Files;

/// <summary>Checks that a BMP file has all its rows; ImageSharp fills those that are missing with black.</summary>
internal static class BmpContainer
{
    private const int FileHeaderLength = 14;
    private const int OldHeaderLength = 12;

    /// <summary>The methods that store rows of a fixed length: none, and bit fields with or without alpha.</summary>
    private static readonly int[] Uncompressed = [0, 3, 6];

    /// <summary>Whether a file starts like a BMP file.</summary>
    public static bool IsOne(ReadOnlySpan<byte> file) => file.StartsWith("BM"u8);

    /// <summary>
    /// Checks that the pixels begin within the file: ImageSharp reserves memory for all that lies before them.
    /// </summary>
    /// <exception cref="BadPictureException">They do not.</exception>
    public static void CheckStart(ReadOnlySpan<byte> file)
    {
        if (file.Length < FileHeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(file[10..]) > file.Length)
        {
            throw BadPictureException.Damaged("its pixels begin after its end");
        }
    }

    /// <summary>Reads the header.</summary>
    /// <exception cref="BadPictureException">Rows are missing.</exception>
    public static ContainerFacts Inspect(byte[] file)
    {
        if (file.Length < FileHeaderLength + OldHeaderLength)
        {
            throw BadPictureException.Damaged("it ends within its header");
        }

        ReadOnlySpan<byte> header = file.AsSpan(FileHeaderLength);
        bool isOld = BinaryPrimitives.ReadInt32LittleEndian(header) == OldHeaderLength;
        if (!isOld && header.Length < 20)
        {
            throw BadPictureException.Damaged("it ends within its header");
        }

        long width = isOld
            ? BinaryPrimitives.ReadUInt16LittleEndian(header[4..])
            : BinaryPrimitives.ReadInt32LittleEndian(header[4..]);

        // A negative height means that the first row is the top one.
        long height = isOld
            ? BinaryPrimitives.ReadUInt16LittleEndian(header[6..])
            : Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(header[8..]));
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(header[(isOld ? 10 : 14)..]);
        int compression = isOld ? 0 : BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(10));

        // Rows are padded to four bytes; some programs omit the last padding.
        long row = (width * bits + 31) / 32 * 4;
        long end = start + row * (height - 1) + (width * bits + 7) / 8;
        if (Uncompressed.Contains(compression) && end > file.Length)
        {
            throw BadPictureException.Damaged("rows are missing");
        }

        return new ContainerFacts();
    }
}
