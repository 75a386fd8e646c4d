using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>Reads frames without any header: rows of pixels from the top, 8 bits per sample.</summary>
public sealed class RawFrameReader : IFrameReader
{
    private readonly FrameInput _input;
    private byte[] _bytes = [];

    /// <summary>Prepares for frames of one size.</summary>
    /// <param name="stream">The input. The caller keeps ownership.</param>
    /// <param name="format">The layout of a pixel.</param>
    /// <param name="width">The width of a frame, in pixels.</param>
    /// <param name="height">The height of a frame, in pixels.</param>
    public RawFrameReader(Stream stream, RawFrameFormat format, int width, int height)
    {
        _input = new FrameInput(stream);
        Shape = new Shape(1, format == RawFrameFormat.Rgb24 ? 3 : 1, height, width);
    }

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <inheritdoc/>
    public bool Advance()
    {
        if (_bytes.Length == 0)
        {
            _bytes = new byte[Shape.Count];
        }

        return _input.ReadFrame(_bytes, mayEnd: true);
    }

    /// <inheritdoc/>
    public void Decode(Span<float> values)
    {
        FrameShape.Check(Shape, values.Length);
        for (int c = 0; c < Shape.C; c++)
        {
            Span<float> plane = values.Slice(c * Shape.PlaneSize, Shape.PlaneSize);
            for (int i = 0; i < plane.Length; i++)
            {
                plane[i] = _bytes[i * Shape.C + c] / 255f;
            }
        }
    }
}
