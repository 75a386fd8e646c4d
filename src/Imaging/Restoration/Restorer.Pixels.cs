using InfAdmm.Engine;

namespace InfAdmm.Imaging.Restoration;

/// <content>Pictures as bytes.</content>
public sealed partial class Restorer
{
    private float[] _measuredValues = [];
    private float[] _restoredValues = [];

    /// <summary>
    /// The layout, without gaps between rows, of the picture that pixels are restored to; grey ones stay grey unless the
    /// task gives colour.
    /// </summary>
    /// <exception cref="InputException">Such a picture cannot be restored; the message says why.</exception>
    public PixelLayout RestoredLayout(PixelLayout measured)
    {
        Check(measured.Shape);
        Shape restored = RestoredShape(measured.Shape);
        PixelFormat format = restored.C == 3 && measured.Format == PixelFormat.Gray8
            ? PixelFormat.Rgb24
            : measured.Format;
        return new PixelLayout(restored.W, restored.H, format);
    }

    /// <summary>Allocates everything for pictures of a size with the channels that the task measures.</summary>
    /// <param name="width">The width of the measurement, in pixels.</param>
    /// <param name="height">The height of the measurement, in pixels.</param>
    /// <param name="cancellation">Cancels the work between two iterations.</param>
    /// <exception cref="InputException">Such a picture cannot be restored; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the restorer or its device.</exception>
    /// <exception cref="ObjectDisposedException">The restorer or its device was disposed.</exception>
    public void Prepare(int width, int height, CancellationToken cancellation = default)
    {
        using UseGuard.Scope use = _guard.Enter();
        var shape = new Shape(1, MeasuredChannels, height, width);
        Prepare(shape, cancellation);
        Reserve(shape);
    }

    /// <summary>
    /// Restores a picture of bytes into the caller's memory. From the second picture of a size on, nothing is allocated;
    /// after <see cref="Prepare(int, int, CancellationToken)"/>, from the first on.
    /// </summary>
    /// <param name="measured">The measurement: at least the bytes of its layout.</param>
    /// <param name="layout">The layout of the measurement, in colour or grey as for values.</param>
    /// <param name="restored">Receives the picture; bytes between rows are left as they are.</param>
    /// <param name="restoredLayout">
    /// The layout of the picture: of the size of <see cref="RestoredLayout"/>, in any format; in a colour format if the
    /// picture is in colour.
    /// </param>
    /// <param name="progress">Called periodically with the fraction done, 0 to 1.</param>
    /// <param name="cancellation">Cancels the work between two iterations; nothing is written then.</param>
    /// <exception cref="ArgumentException">
    /// There are too few bytes for a layout, or the layout of the picture does not fit.
    /// </exception>
    /// <exception cref="ArithmeticException">The iteration diverged: values of the result are not finite.</exception>
    /// <exception cref="InputException">The picture cannot be restored; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the restorer or its device.</exception>
    /// <exception cref="ObjectDisposedException">The restorer or its device was disposed.</exception>
    public void Restore(
        ReadOnlySpan<byte> measured, PixelLayout layout, Span<byte> restored, PixelLayout restoredLayout,
        Action<double>? progress = null, CancellationToken cancellation = default)
    {
        using UseGuard.Scope use = _guard.Enter();
        PixelLayout expected = RestoredLayout(layout);
        CheckBytes(measured.Length, layout, nameof(measured));
        CheckBytes(restored.Length, restoredLayout, nameof(restored));
        if ((restoredLayout.Width, restoredLayout.Height) != (expected.Width, expected.Height))
        {
            throw new ArgumentException(
                $"the picture is restored to {expected.Width}x{expected.Height} pixels, not to " +
                $"{restoredLayout.Width}x{restoredLayout.Height}", nameof(restoredLayout));
        }

        if (expected.Shape.C > restoredLayout.Shape.C)
        {
            throw new ArgumentException(
                "the restored picture is in colour: choose a colour format for it", nameof(restoredLayout));
        }

        Shape shape = layout.Shape;
        Reserve(shape);
        layout.Read(measured, _measuredValues);
        Restore(_measuredValues, shape, _restoredValues, progress, cancellation);
        restoredLayout.Write(_restoredValues, restored);
    }

    /// <summary>Restores a picture of bytes; see the other overload.</summary>
    /// <returns>The picture, in the layout <see cref="RestoredLayout"/>.</returns>
    public byte[] Restore(
        ReadOnlySpan<byte> measured, PixelLayout layout, Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        PixelLayout restoredLayout = RestoredLayout(layout);
        byte[] restored = new byte[restoredLayout.ByteCount];
        Restore(measured, layout, restored, restoredLayout, progress, cancellation);
        return restored;
    }

    private void Reserve(Shape shape)
    {
        if (_measuredValues.Length != shape.Count)
        {
            _measuredValues = new float[shape.Count];
        }

        if (_restoredValues.Length != RestoredShape(shape).Count)
        {
            _restoredValues = new float[RestoredShape(shape).Count];
        }
    }

    private static void CheckBytes(int length, PixelLayout layout, string name)
    {
        if (length < layout.ByteCount || layout.Width == 0)
        {
            throw new ArgumentException(
                $"{layout.Width}x{layout.Height} pixels of {layout.Format} in rows of {layout.RowBytes} bytes need " +
                $"{layout.ByteCount} bytes, got {length}", name);
        }
    }
}
