using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Writes YUV4MPEG2 with 8 bits: colour as C444, grey as Cmono, by ITU-R BT.601, with the frame rate, the pixel aspect
/// and the range of the stream that its frames come from. The header is written with the first frame.
/// </summary>
public sealed class Y4mWriter : IFrameWriter
{
    private static readonly byte[] FrameLine = "FRAME\n"u8.ToArray();

    private readonly Stream _stream;
    private readonly Y4mHeader _header;
    private readonly byte[] _bytes;
    private bool _hasHeader;

    /// <summary>Prepares for frames that were made of those of a stream.</summary>
    /// <param name="stream">The output. The caller keeps ownership.</param>
    /// <param name="shape">The shape of a frame to write, (1, 1 or 3, height, width).</param>
    /// <param name="source">The reader of the stream. Colour from grey frames is written in limited range.</param>
    public Y4mWriter(Stream stream, Shape shape, Y4mReader source)
    {
        _stream = stream;
        Shape = shape;
        bool isColorized = shape.C > source.Shape.C;
        _header = source.Header with
        {
            Width = shape.W,
            Height = shape.H,
            Chroma = shape.C == 1 ? Y4mChroma.Mono : Y4mChroma.Full,
            IsFullRange = isColorized ? false : source.Header.IsFullRange,
        };
        _bytes = new byte[FrameLine.Length + shape.Count];
        FrameLine.CopyTo(_bytes, 0);
    }

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<float> values)
    {
        FrameShape.Check(Shape, values.Length);
        Span<byte> samples = _bytes.AsSpan(FrameLine.Length);
        VideoColor color = _header.Color;
        int size = Shape.PlaneSize;
        for (int i = 0; i < size; i++)
        {
            if (Shape.C == 1)
            {
                samples[i] = color.Luma8(values[i]);
            }
            else
            {
                (samples[i], samples[size + i], samples[2 * size + i]) =
                    color.Encode(values[i], values[size + i], values[2 * size + i]);
            }
        }

        if (!_hasHeader)
        {
            _stream.Write(_header.ToBytes());
            _hasHeader = true;
        }

        _stream.Write(_bytes);
        _stream.Flush();
    }
}
