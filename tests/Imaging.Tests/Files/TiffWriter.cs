using System.Buffers.Binary;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Writes TIFF files with one strip per page, valid or deliberately invalid.</summary>
internal sealed record TiffWriter(int Width, int Height, int Bits, int Samples)
{
    public bool IsBigEndian { get; init; }

    public bool IsDeflated { get; init; }

    public bool IsWhiteZero { get; init; }

    /// <summary>2 for planar storage, in which case a file with one strip lacks the other planes.</summary>
    public int Planes { get; init; } = 1;

    /// <summary>2 for an alpha channel that is not premultiplied.</summary>
    public int? ExtraSample { get; init; }

    public int? Orientation { get; init; }

    public byte[]? IccProfile { get; init; }

    /// <summary>A tag, and its value, that is set to something else or added.</summary>
    public (int Tag, int Value)? Extra { get; init; }

    /// <summary>The same with a value of 32 bits.</summary>
    public (int Tag, int Value)? ExtraLong { get; init; }

    /// <summary>The subfile type of each page: 0 for a page, 1 for a reduced copy.</summary>
    public int[] Pages { get; init; } = [0];

    /// <summary>Writes the same strip for each page, in the byte order of the file.</summary>
    public byte[] Write(ReadOnlySpan<ushort> samples)
    {
        byte[] strip = new byte[samples.Length * Bits / 8];
        for (int i = 0; i < samples.Length; i++)
        {
            if (Bits == 8)
            {
                strip[i] = (byte)samples[i];
            }
            else
            {
                PutShort(strip.AsSpan(2 * i), samples[i]);
            }
        }

        byte[] stored = IsDeflated ? PngWriter.Compress(strip) : strip;
        var file = new List<byte>([.. IsBigEndian ? "MM"u8 : "II"u8, .. Short(42), .. Long(0)]);
        int link = 4;
        foreach (int page in Pages)
        {
            int data = Append(file, stored);
            List<(int Tag, int Type, int[] Values)> entries =
            [
                (254, 4, [page]), (256, 4, [Width]), (257, 4, [Height]),
                (258, 3, [.. Enumerable.Repeat(Bits, Samples)]),
                (259, 3, [IsDeflated ? 8 : 1]), (262, 3, [Samples >= 3 ? 2 : IsWhiteZero ? 0 : 1]), (273, 4, [data]),
                (277, 3, [Samples]), (278, 4, [Height]), (279, 4, [stored.Length]), (284, 3, [Planes]),
            ];
            if (Orientation is { } orientation)
            {
                entries.Add((274, 3, [orientation]));
            }

            if (ExtraSample is { } extra)
            {
                entries.Add((338, 3, [extra]));
            }

            if (IccProfile is { } profile)
            {
                entries.Add((34675, 7, [.. profile.Select(value => (int)value)]));
            }

            if (Extra is { } changed)
            {
                entries.RemoveAll(entry => entry.Tag == changed.Tag);
                entries.Add((changed.Tag, 3, [changed.Value]));
            }

            if (ExtraLong is { } large)
            {
                entries.RemoveAll(entry => entry.Tag == large.Tag);
                entries.Add((large.Tag, 4, [large.Value]));
            }

            link = AppendDirectory(file, entries, link);
        }

        return [.. file];
    }

    private int AppendDirectory(List<byte> file, List<(int Tag, int Type, int[] Values)> entries, int link)
    {
        var directory = new List<byte>(Short(entries.Count));
        foreach ((int tag, int type, int[] values) in entries.OrderBy(entry => entry.Tag))
        {
            byte[] Stored(int value) => type switch
            {
                3 => Short(value),
                4 => Long(value),
                _ => [(byte)value],
            };
            byte[] raw = [.. values.SelectMany(Stored)];
            byte[] field = raw.Length <= 4 ? [.. raw, .. new byte[4 - raw.Length]] : Long(Append(file, raw));
            directory.AddRange([.. Short(tag), .. Short(type), .. Long(values.Length), .. field]);
        }

        int start = Append(file, [.. directory, .. Long(0)]);
        byte[] place = Long(start);
        for (int i = 0; i < 4; i++)
        {
            file[link + i] = place[i];
        }

        return start + directory.Count;
    }

    private static int Append(List<byte> file, byte[] data)
    {
        if (file.Count % 2 != 0)
        {
            file.Add(0);
        }

        int start = file.Count;
        file.AddRange(data);
        return start;
    }

    private byte[] Short(int value)
    {
        byte[] bytes = new byte[2];
        PutShort(bytes, (ushort)value);
        return bytes;
    }

    private void PutShort(Span<byte> target, ushort value)
    {
        if (IsBigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(target, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target, value);
        }
    }

    private byte[] Long(int value)
    {
        byte[] bytes = BitConverter.GetBytes(value);
        return IsBigEndian ? [.. bytes.Reverse()] : bytes;
    }
}
