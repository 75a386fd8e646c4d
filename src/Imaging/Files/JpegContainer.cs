using System.Buffers.Binary;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Checks the segments of a JPEG file (ITU-T T.81). ImageSharp fills the missing part of a truncated file with grey.
/// </summary>
internal sealed class JpegContainer
{
    private const byte StartOfScan = 0xda;
    private const byte EndOfImage = 0xd9;

    /// <summary>Two different byte sequences to append in place of missing data; neither looks like a marker.</summary>
    private static readonly byte[][] Paddings =
        [[.. Enumerable.Repeat((byte)0, 64)], [.. Enumerable.Repeat((byte)0x55, 64)]];

    private readonly byte[] _file;

    /// <summary>For each component, one bit per coefficient of the 64 that is stored completely.</summary>
    private readonly Dictionary<byte, ulong> _stored = [];

    private JpegContainer(byte[] file) => _file = file;

    /// <summary>Whether the file has its end marker.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>Whether the scans, if each is complete, store every coefficient of every component.</summary>
    public bool HasAllScans => _stored.Count > 0 && _stored.Values.All(stored => stored == ulong.MaxValue);

    /// <summary>Reads the segments.</summary>
    /// <exception cref="BadPictureException">The file is too short for its pixels.</exception>
    public static JpegContainer Inspect(byte[] file, long width, long height)
    {
        // Each block of 8x8 pixels takes at least one bit.
        if (width * height > 8 * 64 * (long)file.Length)
        {
            throw BadPictureException.Damaged($"{file.Length} bytes are too few for {width}x{height} pixels");
        }

        var container = new JpegContainer(file);
        container.ReadSegments();
        return container;
    }

    /// <summary>
    /// Returns two files that differ only in bytes appended at the end. They decode to the same pixels if and only if
    /// the last scan is complete: otherwise the decoder reads those bytes as pixels.
    /// </summary>
    public IEnumerable<byte[]> Completions()
    {
        // A single 0xff at the end is half of the end marker, or of a lost byte.
        int length = _file[^1] == 0xff ? _file.Length - 1 : _file.Length;
        return Paddings.Select<byte[], byte[]>(
            padding => [.. _file.AsSpan(0, length), .. padding, 0xff, EndOfImage]);
    }

    private void ReadSegments()
    {
        int at = 2;
        while (NextMarker(ref at) is { } marker && !HasEnd)
        {
            HasEnd = marker == EndOfImage;
            if (HasEnd || !HasParameters(marker))
            {
                continue;
            }

            int length = at + 2 <= _file.Length ? BinaryPrimitives.ReadUInt16BigEndian(_file.AsSpan(at)) : 0;
            if (length < 2 || at + length > _file.Length)
            {
                return;
            }

            ReadParameters(marker, _file.AsSpan(at + 2, length - 2));
            at += length;
        }
    }

    /// <summary>Moves past the next marker: 0xff, then neither 0 (stuffing) nor 0xff (a fill byte).</summary>
    private byte? NextMarker(ref int at)
    {
        for (; at + 1 < _file.Length; at++)
        {
            if (_file[at] == 0xff && _file[at + 1] is not (0 or 0xff))
            {
                at += 2;
                return _file[at - 1];
            }
        }

        return null;
    }

    /// <summary>False for restart markers, the start of the image and TEM.</summary>
    private static bool HasParameters(byte marker) => marker is not ((>= 0xd0 and <= 0xd8) or 0x01);

    private void ReadParameters(byte marker, ReadOnlySpan<byte> data)
    {
        if (IsFrame(marker) && data.Length >= 6 && data.Length >= 6 + 3 * data[5])
        {
            for (int i = 0; i < data[5]; i++)
            {
                _stored.TryAdd(data[6 + 3 * i], 0);
            }
        }
        else if (marker == StartOfScan && data.Length >= 1 && data.Length >= 4 + 2 * data[0])
        {
            // The first and last coefficient, and the number of low bits that later scans store.
            ReadOnlySpan<byte> band = data[(1 + 2 * data[0])..];
            ulong stored = (band[2] & 15) == 0 ? Bits(band[0], band[1]) : 0;
            for (int i = 0; i < data[0]; i++)
            {
                byte component = data[1 + 2 * i];
                _stored[component] = _stored.GetValueOrDefault(component) | stored;
            }
        }
    }

    /// <summary>True for all kinds of SOF: 0xc0 to 0xcf without the tables DHT and DAC and the reserved JPG.</summary>
    private static bool IsFrame(byte marker) => marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc);

    private static ulong Bits(int first, int last)
    {
        ulong bits = 0;
        for (int k = first; k <= Math.Min(last, 63); k++)
        {
            bits |= 1UL << k;
        }

        return bits;
    }
}
