using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>Writes the frames of a video one by one, all of one shape. It allocates nothing per frame.</summary>
public interface IFrameWriter
{
    /// <summary>The shape of a frame, (1, 1 or 3, height, width).</summary>
    Shape Shape { get; }

    /// <summary>Encodes a frame and writes it. What the format cannot represent is clipped.</summary>
    /// <param name="values">The planes in row-major order: grey or red, green, blue, scaled to [0, 1].</param>
    /// <exception cref="ShapeException">The number of values is not that of <see cref="Shape"/>.</exception>
    /// <exception cref="IOException">The output cannot be written to, or its reader has closed it.</exception>
    void Write(ReadOnlySpan<float> values);
}
