using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using InfAdmm.Engine;

namespace InfAdmm.Cli;

/// <summary>Writes PNG files with 16 bits a sample (ISO/IEC 15948): a measurement loses next to nothing in them.</summary>
internal static class Png16Writer
{
    private const byte FilterUp = 2;

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(value => CrcOf((uint)value))];

    /// <summary>Writes one or three channels; values are clipped to [0, 1] and rounded.</summary>
    public static void Write(string path, ReadOnlySpan<float> values, Shape shape)
    {
        if (shape.N != 1 || shape.C is not (1 or 3) || values.Length != shape.Count)
        {
            throw new ShapeException($"{values.Length} values of shape {shape} are no grey or colour picture");
        }

        byte[] rows = Compress(values, shape);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, shape.W);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), shape.H);
        header[8] = 16;
        header[9] = (byte)(shape.C == 1 ? 0 : 2);
        AtomicFile.Write(path, stream =>
        {
            stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
            WriteChunk(stream, "IHDR", header);
            WriteChunk(stream, "IDAT", rows);
            WriteChunk(stream, "IEND", []);
        });
    }

    /// <summary>The rows, each less the one above, deflated.</summary>
    private static byte[] Compress(ReadOnlySpan<float> values, Shape shape)
    {
        byte[] row = new byte[2 * shape.C * shape.W];
        byte[] above = new byte[row.Length];
        byte[] filtered = new byte[row.Length + 1];
        filtered[0] = FilterUp;
        using var compressed = new MemoryStream();
        using (var deflate = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int i = 0; i < shape.H; i++)
            {
                FillRow(values, shape, i, row);
                for (int k = 0; k < row.Length; k++)
                {
                    filtered[k + 1] = (byte)(row[k] - above[k]);
                }

                deflate.Write(filtered);
                (row, above) = (above, row);
            }
        }

        return compressed.ToArray();
    }

    private static void FillRow(ReadOnlySpan<float> values, Shape shape, int i, Span<byte> row)
    {
        for (int c = 0; c < shape.C; c++)
        {
            ReadOnlySpan<float> source = values.Slice(c * shape.PlaneSize + i * shape.W, shape.W);
            for (int j = 0; j < source.Length; j++)
            {
                ushort sample = (ushort)MathF.Round(Math.Clamp(source[j], 0, 1) * ushort.MaxValue);
                BinaryPrimitives.WriteUInt16BigEndian(row[(2 * (j * shape.C + c))..], sample);
            }
        }
    }

    private static void WriteChunk(Stream stream, string type, byte[] data)
    {
        byte[] chunk = new byte[data.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(chunk.AsSpan(4, data.Length + 4)));
        stream.Write(chunk);
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc = (crc >> 8) ^ CrcTable[(crc ^ value) & 0xff];
        }

        return ~crc;
    }

    private static uint CrcOf(uint value)
    {
        for (int bit = 0; bit < 8; bit++)
        {
            value = (value & 1) != 0 ? (value >> 1) ^ 0xedb88320 : value >> 1;
        }

        return value;
    }
}
