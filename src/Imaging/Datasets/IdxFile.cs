using System.Buffers.Binary;
using System.IO.Compression;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// Files of grey images in MNIST's format, packed by gzip or not: big-endian 0x00000803, count, rows, columns, then a
/// byte a pixel.
/// </summary>
public static class IdxFile
{
    private const uint ImagesMagic = 0x00000803;
    private const uint LabelsMagic = 0x00000801;
    private const int HeaderLength = 16;

    /// <summary>No deflate stream grows by more when it is unpacked.</summary>
    private const int LargestDeflateRatio = 1032;

    /// <summary>True if a file is meant to be one, by its name or its first bytes.</summary>
    public static bool IsOne(string path)
    {
        if (path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            || Path.GetFileName(path).Contains("-ubyte", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        Span<byte> start = stackalloc byte[3];
        using FileStream file = File.OpenRead(path);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
            && start.SequenceEqual<byte>([0, 0, 8]);
    }

    /// <summary>Reads the images of a file.</summary>
    /// <exception cref="InvalidDataException">It holds no images or not those that it promises.</exception>
    public static (byte[] Pixels, int Height, int Width) Read(string path)
    {
        using FileStream file = File.OpenRead(path);
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
            throw new InvalidDataException("it ends before the last image that its header promises", failure);
        }
    }

    private static bool IsPacked(FileStream file)
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
            throw new InvalidDataException("it holds labels, no images");
        }

        if (read >= 4 && magic != ImagesMagic)
        {
            throw new InvalidDataException($"it begins with 0x{magic:x8}, idx files of images with 0x{ImagesMagic:x8}");
        }

        if (read < HeaderLength)
        {
            throw new InvalidDataException($"it ends within its header of {HeaderLength} bytes");
        }
    }

    private static int CheckLength(uint count, uint rows, uint columns, long fileLength, bool packed)
    {
        UInt128 promised = (UInt128)count * rows * columns;
        string header = $"its header promises {count} images of {rows}x{columns}";
        if (promised == 0)
        {
            throw new InvalidDataException($"{header}, which is none");
        }

        long present = fileLength - HeaderLength;
        bool fits = packed ? promised <= (ulong)fileLength * LargestDeflateRatio : promised == (ulong)present;
        if (!fits)
        {
            string found = packed ? $"{fileLength} bytes, packed" : $"{present} bytes of pixels";
            throw new InvalidDataException($"{header}, {promised} bytes, and it has {found}");
        }

        if (promised > (ulong)Array.MaxLength)
        {
            throw new InvalidDataException($"{header}, more than the {Array.MaxLength} bytes that can be held");
        }

        return (int)promised;
    }

    private static byte[] ReadPixels(Stream content, int length)
    {
        var pixels = new byte[length];
        content.ReadExactly(pixels);

        // The end is read too, so that gzip's checksum is compared.
        return content.ReadByte() < 0
            ? pixels
            : throw new InvalidDataException("it goes on after the last image that its header promises");
    }
}
