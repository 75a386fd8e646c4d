using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Tests.Shared;

/// <summary>
/// Measurements of a <see cref="PanningClip"/>. Each frame is measured with its surroundings, which are then cut off,
/// as in a video from a camera: A is periodic, and a frame is not.
/// </summary>
/// <param name="device">The device.</param>
/// <param name="task">The task.</param>
/// <param name="image">The shape of a frame; with one channel, only red is drawn.</param>
/// <param name="right">How far the window moves to the right between two frames, in pixels.</param>
/// <param name="down">How far it moves down, in pixels.</param>
internal sealed class MeasuredClip(Device device, ImageTask task, Shape image, double right, double down)
{
    private const int Border = 16;

    private readonly Shape _whole = image with { H = image.H + 2 * Border, W = image.W + 2 * Border };

    private readonly PanningClip _clip = new(image.H + 2 * Border, image.W + 2 * Border, right, down);

    /// <summary>The shape of a measurement.</summary>
    public Shape Measured => task.Measured(image);

    /// <summary>The true frame and its measurement.</summary>
    /// <param name="number">The number of the frame.</param>
    public (float[] Truth, float[] Y) Frame(int number)
    {
        float[] drawn = _clip.Frame(number)[..(int)_whole.Count];
        using var a = new TaskOperator(device, task, _whole);
        using Tensor x = device.Allocate(_whole, drawn);
        using Tensor y = device.Allocate(a.MeasurementShape);
        a.Measure(x, seed: 1, stream: (ulong)number, y);
        return (Inner(drawn, _whole, Border, image), Inner(y.ToArray(), y.Shape, Border / task.Stride, Measured));
    }

    private static float[] Inner(float[] values, Shape whole, int border, Shape inner)
    {
        float[] cut = new float[inner.Count];
        for (int row = 0; row < inner.C * inner.H; row++)
        {
            int start = (row / inner.H * whole.H + border + row % inner.H) * whole.W + border;
            values.AsSpan(start, inner.W).CopyTo(cut.AsSpan(row * inner.W));
        }

        return cut;
    }
}
