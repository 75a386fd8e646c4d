using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace InfAdmm.Tests.Shared;

/// <summary>Writes PNG files whose rows use all filters alternately, and deliberately invalid PNG files.</summary>
internal static class PngWriter
{
    /// <summary>Writes a file with 16 bits per sample.</summary>
    /// <param name="width">The number of columns.</param>
    /// <param name="height">The number of rows.</param>
    /// <param name="colourType">The PNG colour type: 0, 2, 4 or 6.</param>
    /// <param name="samples">The number of samples per pixel.</param>
    /// <param name="sample">Returns the sample at (row, column, channel).</param>
    /// <param name="chunks">Additional chunks, between the header and the data.</param>
    public static byte[] Write16(
        int width, int height, byte colourType, int samples, Func<int, int, int, ushort> sample,
        params (string Type, byte[] Data)[] chunks) =>
        Assemble(width, height, 16, colourType, Rows(width, height, samples, sample), chunks);

    /// <summary>Writes a file from the given rows, each with its filter byte; the checksums are correct.</summary>
    public static byte[] Assemble(
        int width, int height, byte depth, byte colourType, byte[] rows, params (string Type, byte[] Data)[] chunks) =>
        Assemble(width, height, depth, colourType, isInterlaced: false, rows, chunks);

    /// <summary>
    /// Writes an interlaced grey file with 16 bits per sample: the seven passes of Adam7 without the empty ones.
    /// </summary>
    public static byte[] WriteInterlaced16(int width, int height, Func<int, int, ushort> sample)
    {
        (int X, int Y, int StepX, int StepY)[] passes =
            [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        using var rows = new MemoryStream();
        foreach ((int left, int top, int stepX, int stepY) in passes)
        {
            for (int y = top; y < height && left < width; y += stepY)
            {
                rows.WriteByte(0);
                for (int x = left; x < width; x += stepX)
                {
                    rows.WriteByte((byte)(sample(y, x) >> 8));
                    rows.WriteByte((byte)sample(y, x));
                }
            }
        }

        return Assemble(width, height, 16, 0, isInterlaced: true, rows.ToArray(), []);
    }

    private static byte[] Assemble(
        int width, int height, byte depth, byte colourType, bool isInterlaced, byte[] rows,
        (string Type, byte[] Data)[] chunks)
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        head[8] = depth;
        head[9] = colourType;
        head[12] = (byte)(isInterlaced ? 1 : 0);
        WriteChunk(png, "IHDR", head);
        foreach ((string type, byte[] data) in chunks)
        {
            WriteChunk(png, type, data);
        }

        WriteChunk(png, "IDAT", Compress(rows));
        WriteChunk(png, "IEND", []);
        return png.ToArray();
    }

    private static byte[] Rows(int width, int height, int samples, Func<int, int, int, ushort> sample)
    {
        using var rows = new MemoryStream();
        int step = 2 * samples;
        var above = new byte[width * step];
        for (int y = 0; y < height; y++)
        {
            var row = new byte[width * step];
            for (int i = 0; i < width * samples; i++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(2 * i), sample(y, i / samples, i % samples));
            }

            rows.WriteByte((byte)(y % 5));
            for (int i = 0; i < row.Length; i++)
            {
                int left = i < step ? 0 : row[i - step];
                int corner = i < step ? 0 : above[i - step];
                rows.WriteByte((byte)(row[i] - Predict(y % 5, left, above[i], corner)));
            }

            above = row;
        }

        return rows.ToArray();
    }

    private static int Predict(int filter, int left, int up, int corner)
    {
        int[] nearest = [left, up, corner];
        return filter switch
        {
            1 => left,
            2 => up,
            3 => (left + up) / 2,
            4 => nearest.MinBy(value => Math.Abs(left + up - corner - value)),
            _ => 0,
        };
    }

    /// <summary>Compresses data as in a chunk of PNG or a strip of TIFF.</summary>
    public static byte[] Compress(byte[] data)
    {
        using var compressed = new MemoryStream();
        using (var deflate = new ZLibStream(compressed, CompressionMode.Compress))
        {
            deflate.Write(data);
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream png, string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        png.Write(number);
    }

    private static uint Crc(byte[] data)
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
