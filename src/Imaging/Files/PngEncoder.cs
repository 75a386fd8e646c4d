using System.Buffers.Binary;
using System.IO.Compression;
using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Writes PNG files (ISO/IEC 15948) of 8 or 16 bits a sample, grey or colour, with or without alpha. With 16 bits a
/// measurement loses next to nothing.
/// </summary>
public static class PngEncoder
{
    private const byte FilterUp = 2;

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(value => CrcOf((uint)value))];

    /// <summary>Writes one or three channels; values are clipped to [0, 1] and rounded.</summary>
    /// <param name="path">The file.</param>
    /// <param name="values">Planes of rows.</param>
    /// <param name="shape">Of the values.</param>
    /// <param name="isDeep">16 bits a sample, not 8.</param>
    /// <param name="alpha">One more plane, the opacity; null for none.</param>
    public static void Write(string path, float[] values, Shape shape, bool isDeep, float[]? alpha = null)
    {
        if (shape.N != 1 || shape.C is not (1 or 3) || values.Length != shape.Count
            || (alpha is not null && alpha.Length != shape.PlaneSize))
        {
            throw new ShapeException($"{values.Length} values of shape {shape} are no grey or colour picture");
        }

        using MemoryStream rows = Compress(values, shape, isDeep, alpha);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, shape.W);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), shape.H);
        header[8] = (byte)(isDeep ? 16 : 8);
        header[9] = (byte)((shape.C == 1 ? 0 : 2) + (alpha is null ? 0 : 4));
        AtomicFile.Write(path, stream =>
        {
            stream.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
            WriteChunk(stream, "IHDR"u8, header);
            WriteChunk(stream, "IDAT"u8, rows.GetBuffer().AsSpan(0, (int)rows.Length));
            WriteChunk(stream, "IEND"u8, []);
        });
    }

    /// <summary>The rows, each less the one above, deflated.</summary>
    private static MemoryStream Compress(float[] values, Shape shape, bool isDeep, float[]? alpha)
    {
        int samples = shape.C + (alpha is null ? 0 : 1);
        byte[] row = new byte[checked((isDeep ? 2 : 1) * samples * shape.W)];
        byte[] above = new byte[row.Length];
        byte[] filtered = new byte[row.Length + 1];
        filtered[0] = FilterUp;
        var compressed = new MemoryStream();
        using (var deflate = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int i = 0; i < shape.H; i++)
            {
                for (int c = 0; c < samples; c++)
                {
                    ReadOnlySpan<float> plane = c < shape.C ? values.AsSpan(c * shape.PlaneSize) : alpha;
                    FillSamples(plane.Slice(i * shape.W, shape.W), c, samples, isDeep, row);
                }

                for (int k = 0; k < row.Length; k++)
                {
                    filtered[k + 1] = (byte)(row[k] - above[k]);
                }

                deflate.Write(filtered);
                (row, above) = (above, row);
            }
        }

        return compressed;
    }

    /// <summary>Puts one channel of a row between the others.</summary>
    private static void FillSamples(ReadOnlySpan<float> source, int channel, int samples, bool isDeep, Span<byte> row)
    {
        float most = isDeep ? ushort.MaxValue : byte.MaxValue;
        for (int j = 0; j < source.Length; j++)
        {
            int place = j * samples + channel;
            float sample = MathF.Round(Math.Clamp(source[j], 0, 1) * most);
            if (isDeep)
            {
                BinaryPrimitives.WriteUInt16BigEndian(row[(2 * place)..], (ushort)sample);
            }
            else
            {
                row[place] = (byte)sample;
            }
        }
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        stream.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
        {
            crc = (crc >> 8) ^ CrcTable[(crc ^ value) & 0xff];
        }

        return crc;
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
