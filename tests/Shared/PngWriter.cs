using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace InfAdmm.Tests.Shared;

/// <summary>Makes PNG files of 16 bits a sample whose rows use all filters in turn.</summary>
internal static class PngWriter
{
    public static byte[] Write16(
        int width, int height, byte colourType, int samples, Func<int, int, int, ushort> sample)
    {
        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        head[8] = 16;
        head[9] = colourType;
        WriteChunk(png, "IHDR", head);
        WriteChunk(png, "IDAT", Compress(Rows(width, height, samples, sample)));
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

    private static byte[] Compress(byte[] data)
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
