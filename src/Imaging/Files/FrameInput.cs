using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>The bytes of a stream of frames, and the number of the frame that is being read.</summary>
/// <param name="stream">The stream. The caller keeps ownership.</param>
internal sealed class FrameInput(Stream stream)
{
    private const byte LineEnd = (byte)'\n';

    /// <summary>The number of whole frames that were read.</summary>
    public int Frames { get; private set; }

    /// <summary>Reads the first bytes.</summary>
    /// <returns>Their number; less than asked for if the input ends before.</returns>
    public int ReadStart(Span<byte> bytes) => Read(bytes);

    /// <summary>Reads a line without its end.</summary>
    /// <param name="line">Receives the line.</param>
    /// <returns>
    /// The length of the line; -1 if the input has ended before it, and one more than fits if it is longer or has no
    /// end.
    /// </returns>
    public int ReadLine(Span<byte> line)
    {
        Span<byte> one = stackalloc byte[1];
        for (int i = 0; i < line.Length; i++)
        {
            if (Read(one) == 0)
            {
                return i == 0 ? -1 : line.Length + 1;
            }

            if (one[0] == LineEnd)
            {
                return i;
            }

            line[i] = one[0];
        }

        return line.Length + 1;
    }

    /// <summary>Reads the samples of a frame.</summary>
    /// <param name="bytes">Receives them.</param>
    /// <param name="mayEnd">Whether the input may end before the first byte.</param>
    /// <returns>False if the input has ended before the frame.</returns>
    /// <exception cref="InputException">The input ends within the frame.</exception>
    public bool ReadFrame(Span<byte> bytes, bool mayEnd)
    {
        int read = Read(bytes);
        if (read == 0 && mayEnd)
        {
            return false;
        }

        if (read < bytes.Length)
        {
            throw new InputException(
                $"frame {Frames + 1} is incomplete: the input ends after {read} of its {bytes.Length} bytes; the frames " +
                "before it are whole");
        }

        Frames++;
        return true;
    }

    private int Read(Span<byte> bytes)
    {
        try
        {
            return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"frame {Frames + 1} cannot be read: {failure.Message.TrimEnd('.')}", failure);
        }
    }
}
