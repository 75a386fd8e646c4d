using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Writes frames without any header: rows of pixels from the top, 8 bits per sample, clipped to [0, 1].
/// </summary>
public sealed class RawFrameWriter : IFrameWriter
{
    private readonly Stream _stream;
    private readonly byte[] _bytes;

    /// <summary>Prepares for frames of one shape.</summary>
    /// <param name="stream">The output. The caller keeps ownership.</param>
    /// <param name="shape">
    /// The shape of a frame: (1, 1, height, width) for <see cref="RawFrameFormat.Gray8"/>, (1, 3, height, width) for
    /// <see cref="RawFrameFormat.Rgb24"/>.
    /// </param>
    public RawFrameWriter(Stream stream, Shape shape)
    {
        _stream = stream;
        Shape = shape;
        _bytes = new byte[shape.Count];
    }

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<float> values)
    {
        FrameShape.Check(Shape, values.Length);
        for (int c = 0; c < Shape.C; c++)
        {
            ReadOnlySpan<float> plane = values.Slice(c * Shape.PlaneSize, Shape.PlaneSize);
            for (int i = 0; i < plane.Length; i++)
            {
                _bytes[i * Shape.C + c] = (byte)MathF.Round(Math.Clamp(plane[i], 0, 1) * 255);
            }
        }

        _stream.Write(_bytes);
        _stream.Flush();
    }
}
