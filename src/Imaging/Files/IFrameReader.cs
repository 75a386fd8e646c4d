using InfAdmm.Engine;

namespace InfAdmm.Imaging.Files;

/// <summary>Reads the frames of a video one by one, all of one shape. It allocates nothing per frame.</summary>
public interface IFrameReader
{
    /// <summary>The shape of a frame, (1, 1 or 3, height, width).</summary>
    Shape Shape { get; }

    /// <summary>Reads the bytes of the next frame. Waits for them if the input is a pipe.</summary>
    /// <returns>False at the end of the input.</returns>
    /// <exception cref="InputException">
    /// The input cannot be read, or ends within a frame; the message names the frame.
    /// </exception>
    bool Advance();

    /// <summary>Decodes the frame that was read.</summary>
    /// <param name="values">
    /// Receives it as planes in row-major order: grey or red, green, blue, scaled to [0, 1]. Colours that a screen
    /// cannot show lie outside.
    /// </param>
    /// <exception cref="ShapeException">The number of values is not that of <see cref="Shape"/>.</exception>
    void Decode(Span<float> values);
}
