using System.Buffers;
using System.IO.Compression;

namespace InfAdmm.Imaging.Files;

/// <summary>Checks compressed data (RFC 1950) without keeping what it unpacks to.</summary>
internal static class Inflation
{
    private const int BufferLength = 1 << 16;

    /// <summary>The count of bytes that the data unpack to, or any count from <paramref name="enough"/> up.</summary>
    /// <exception cref="BadPictureException">The data are damaged.</exception>
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
