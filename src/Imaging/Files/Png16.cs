using System.Buffers.Binary;
using System.IO.Compression;
using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Reads PNG files with 16 bits a sample at full precision (ISO/IEC 15948). Interlaced ones are left to the other
/// decoder.
/// </summary>
public static class Png16
{
    private const int SignatureLength = 8;
    private const int FirstChunkData = SignatureLength + 8;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>True if the file claims to be a PNG of 16 bits a sample, not interlaced, grey or colour.</summary>
    public static bool IsOne(ReadOnlySpan<byte> file)
    {
        return IsDeep(file)
            && Samples(file[FirstChunkData + 9]) > 0
            && file[FirstChunkData + 12] == 0;
    }

    /// <summary>True for any PNG of 16 bits a sample.</summary>
    public static bool IsDeep(ReadOnlySpan<byte> file) =>
        file.Length > FirstChunkData + 13 && file.StartsWith(Signature) && file[FirstChunkData + 8] == 16;

    /// <summary>Decodes such a file.</summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static Picture Read(string path, byte[] file)
    {
        try
        {
            int width = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(FirstChunkData));
            int height = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(FirstChunkData + 4));
            int samples = Samples(file[FirstChunkData + 9]);
            Shape shape = new Shape(1, samples >= 3 ? 3 : 1, height, width).Validated();
            using var compressed = new MemoryStream(ImageData(file));
            using var inflated = new ZLibStream(compressed, CompressionMode.Decompress);
            float[]? alpha = samples % 2 == 0 ? new float[shape.PlaneSize] : null;
            return new Picture(new PlanarImage(ReadRows(inflated, shape, samples, alpha), shape), alpha, IsDeep: true);
        }
        catch (Exception failure) when (failure
            is InvalidDataException or EndOfStreamException or ShapeException or OverflowException)
        {
            throw new InputException($"'{path}' is damaged ({failure.Message}): give a whole PNG file", failure);
        }
    }

    /// <summary>Samples a pixel of a colour type; 0 for types that have no 16-bit form.</summary>
    private static int Samples(byte colourType) => colourType switch
    {
        0 => 1,
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 0,
    };

    /// <summary>The contents of all IDAT chunks.</summary>
    private static byte[] ImageData(byte[] file)
    {
        using var data = new MemoryStream();
        int at = SignatureLength;
        while (true)
        {
            if (at + 12 > file.Length)
            {
                throw new EndOfStreamException("it ends too early");
            }

            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at));
            ReadOnlySpan<byte> type = file.AsSpan(at + 4, 4);
            if (type.SequenceEqual("IEND"u8))
            {
                return data.ToArray();
            }

            if (length > file.Length - at - 12)
            {
                throw new EndOfStreamException("it ends too early");
            }

            if (type.SequenceEqual("IDAT"u8))
            {
                data.Write(file, at + 8, (int)length);
            }

            at += 12 + (int)length;
        }
    }

    private static float[] ReadRows(Stream stream, Shape shape, int samples, float[]? alpha)
    {
        int pixelBytes = 2 * samples;
        var values = new float[shape.Count];
        var row = new byte[checked(shape.W * pixelBytes)];
        var above = new byte[row.Length];
        var filter = new byte[1];
        for (int y = 0; y < shape.H; y++)
        {
            stream.ReadExactly(filter);
            stream.ReadExactly(row);
            Unfilter(filter[0], row, above, pixelBytes);
            for (int x = 0; x < shape.W; x++)
            {
                for (int c = 0; c < shape.C; c++)
                {
                    values[(c * shape.H + y) * shape.W + x] = Sample(row, x * pixelBytes + 2 * c);
                }

                if (alpha is not null)
                {
                    alpha[y * shape.W + x] = Sample(row, x * pixelBytes + 2 * shape.C);
                }
            }

            (row, above) = (above, row);
        }

        return values;
    }

    private static float Sample(byte[] row, int at) => BinaryPrimitives.ReadUInt16BigEndian(row.AsSpan(at)) / 65535f;

    /// <summary>Adds the prediction that the encoder took off (clause 9 of the standard).</summary>
    private static void Unfilter(byte filter, byte[] row, byte[] above, int pixelBytes)
    {
        if (filter > 4)
        {
            throw new InvalidDataException($"row filter {filter}");
        }

        for (int i = 0; i < row.Length; i++)
        {
            int left = i < pixelBytes ? 0 : row[i - pixelBytes];
            int up = above[i];
            int corner = i < pixelBytes ? 0 : above[i - pixelBytes];
            row[i] += (byte)(filter switch
            {
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Paeth(left, up, corner),
                _ => 0,
            });
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int toLeft = Math.Abs(estimate - left);
        int toUp = Math.Abs(estimate - up);
        int toCorner = Math.Abs(estimate - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }
}
