using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace InfAdmm.Imaging.Files;

/// <summary>The header of a NumPy array file (format versions 1 to 3).</summary>
/// <param name="Type">NumPy's name of the element type, such as "&lt;f4".</param>
/// <param name="FortranOrder">True if the first index varies fastest.</param>
/// <param name="Extents">The extents of the array.</param>
public sealed partial record NpyHeader(string Type, bool FortranOrder, long[] Extents)
{
    private const int LongestText = 1 << 16;

    private const byte FirstByte = 0x93;

    private static ReadOnlySpan<byte> Name => "NUMPY"u8;

    /// <summary>Reads the header and leaves the stream at the first element.</summary>
    /// <exception cref="FormatException">The header is not valid; the message says why.</exception>
    /// <exception cref="EndOfStreamException">The file ends within the header.</exception>
    public static NpyHeader Read(Stream stream)
    {
        Span<byte> start = stackalloc byte[8];
        stream.ReadExactly(start);
        if (start[0] != FirstByte || !start[1..6].SequenceEqual(Name))
        {
            throw new FormatException("it does not begin like an .npy file");
        }

        int version = start[6];
        if (version is < 1 or > 3)
        {
            throw new FormatException($"its format version {version} is not 1, 2 or 3");
        }

        // Version 1 stores the length of the text in two bytes, later ones in four.
        Span<byte> lengthBytes = stackalloc byte[4];
        lengthBytes.Clear();
        stream.ReadExactly(version == 1 ? lengthBytes[..2] : lengthBytes);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > LongestText)
        {
            throw new FormatException($"its header gives a length of {length} bytes");
        }

        var text = new byte[length];
        stream.ReadExactly(text);
        return Parse(Encoding.UTF8.GetString(text));
    }

    /// <summary>
    /// Returns the header of a C-order float32 array, padded so that the elements start at a multiple of 64 bytes.
    /// </summary>
    public static byte[] Write(params ReadOnlySpan<int> extents)
    {
        string shape = string.Join(", ", extents.ToArray());
        string dictionary = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}";
        int total = (10 + dictionary.Length + 1 + 63) / 64 * 64;
        var head = new byte[total];
        head.AsSpan().Fill((byte)' ');
        head[0] = FirstByte;
        Name.CopyTo(head.AsSpan(1));
        head[6] = 1;
        head[7] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(8), (ushort)(total - 10));
        Encoding.ASCII.GetBytes(dictionary, head.AsSpan(10));
        head[^1] = (byte)'\n';
        return head;
    }

    private static NpyHeader Parse(string text)
    {
        Match type = TypePattern().Match(text);
        Match order = OrderPattern().Match(text);
        Match shape = ShapePattern().Match(text);
        if (!type.Success || !order.Success || !shape.Success)
        {
            string structured = text.Contains("'descr': [", StringComparison.Ordinal)
                ? "its elements are records, not numbers"
                : "its header is not valid";
            throw new FormatException(structured);
        }

        string[] parts = shape.Groups[1].Value.Split(
            ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        long[] extents = [.. parts.Select(Extent)];
        return new NpyHeader(type.Groups[1].Value, order.Groups[1].Value == "True", extents);
    }

    private static long Extent(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long extent)
            ? extent
            : throw new FormatException($"its header has the extent '{text}', which is not a whole number");

    [GeneratedRegex("'descr'\\s*:\\s*'([^']*)'")]
    private static partial Regex TypePattern();

    [GeneratedRegex("'fortran_order'\\s*:\\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("'shape'\\s*:\\s*\\(([^)]*)\\)")]
    private static partial Regex ShapePattern();
}
