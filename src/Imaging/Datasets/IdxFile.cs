using System.Buffers.Binary;
using System.IO.Compression;
using InfAdmm.Storage;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// Files of grey images in MNIST's format, gzip-compressed or not: big-endian 0x00000803, count, rows, columns, then
/// one byte per pixel.
/// </summary>
public static class IdxFile
{
    private const uint ImagesMagic = 0x00000803;
    private const uint LabelsMagic = 0x00000801;
    private const int HeaderLength = 16;

    /// <summary>The largest ratio of unpacked to packed bytes that deflate can reach.</summary>
    private const int LargestDeflateRatio = 1032;

    /// <summary>
    /// Whether the name or the first bytes of a file are those of an idx file; true for a pipe, which is read only once.
    /// </summary>
    public static bool IsOne(string path)
    {
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            || Path.GetFileName(path).Contains("-ubyte", StringComparison.OrdinalIgnoreCase)
            || FileKinds.Of(path) == FileKind.Pipe)
        {
            return true;
        }

        Span<byte> start = stackalloc byte[3];
        using FileStream file = File.OpenRead(path);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && start.SequenceEqual<byte>([0, 0, 8]);
    }

    /// <summary>Reads all images of a file.</summary>
    /// <param name="path">The file, packed or not.</param>
    /// <returns>The images, contiguous and in row-major order, and their size.</returns>
    /// <exception cref="InvalidDataException">
    /// The file has no images, or its contents do not match its header.
    /// </exception>
    public static (byte[] Pixels, int Height, int Width) Read(string path)
    {
        using Stream file = InputFile.OpenRead(path);
        bool packed = IsPacked(file);
        using Stream content = packed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            Span<byte> header = stackalloc byte[HeaderLength];
            int read = content.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false);
            CheckMagic(header, read);
            uint count = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
            uint rows = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
            uint columns = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
            int length = CheckLength(count, rows, columns, file.Length, packed);
            return (ReadPixels(content, length), (int)rows, (int)columns);
        }
        catch (EndOfStreamException failure)
        {
            throw new InvalidDataException("it ends before the last image of its header", failure);
        }
    }

    private static bool IsPacked(Stream file)
    {
        Span<byte> start = stackalloc byte[2];
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return read == start.Length && start.SequenceEqual<byte>([0x1f, 0x8b]);
    }

    private static void CheckMagic(ReadOnlySpan<byte> header, int read)
    {
        uint magic = read >= 4 ? BinaryPrimitives.ReadUInt32BigEndian(header) : 0;
        if (magic == LabelsMagic)
        {
            throw new InvalidDataException("it contains labels, not images");
        }

        if (read >= 4 && magic != ImagesMagic)
        {
            throw new InvalidDataException(
                $"it begins with 0x{magic:x8}, but idx files of images begin with 0x{ImagesMagic:x8}");
        }

        if (read < HeaderLength)
        {
            throw new InvalidDataException($"it is shorter than its header of {HeaderLength} bytes");
        }
    }

    private static int CheckLength(uint count, uint rows, uint columns, long fileLength, bool packed)
    {
        UInt128 promised = (UInt128)count * rows * columns;
        string header = $"its header gives {count} images of {rows}x{columns}";
        if (promised == 0)
        {
            throw new InvalidDataException($"{header}: no pixels at all");
        }

        long present = fileLength - HeaderLength;
        bool fits = packed ? promised <= (ulong)fileLength * LargestDeflateRatio : promised == (ulong)present;
        if (!fits)
        {
            string found = packed ? $"{fileLength} bytes, packed" : $"{present} bytes of pixels";
            throw new InvalidDataException($"{header}, {promised} bytes, but it has {found}");
        }

        if (promised > (ulong)Array.MaxLength)
        {
            throw new InvalidDataException($"{header}, more than the limit of {Array.MaxLength} bytes");
        }

        return (int)promised;
    }

    private static byte[] ReadPixels(Stream content, int length)
    {
        var pixels = new byte[length];
        content.ReadExactly(pixels);

        // Reading to the end makes gzip verify its checksum.
        return content.ReadByte() < 0
            ? pixels
            : throw new InvalidDataException("it continues after the last image of its header");
    }
}
