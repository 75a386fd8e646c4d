using System.Buffers;
using System.IO.Compression;

namespace InfAdmm.Imaging.Files;

/// <summary>Checks compressed data (RFC 1950) without storing the decompressed data.</summary>
internal static class Inflation
{
    private const int BufferLength = 1 << 16;

    /// <summary>Returns the decompressed length, or any length of at least <paramref name="enough"/>.</summary>
    /// <exception cref="BadPictureException">The data is damaged.</exception>
    public static long Length(Stream packed, long enough)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            using var unpacked = new ZLibStream(packed, CompressionMode.Decompress, leaveOpen: true);
            long total = 0;
            int read;
            while (total < enough && (read = unpacked.Read(buffer)) > 0)
            {
                total += read;
            }

            return total;
        }
        catch (InvalidDataException failure)
        {
            throw BadPictureException.Damaged("its compressed data are invalid", failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
