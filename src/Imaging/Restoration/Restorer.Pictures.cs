using System.Runtime.CompilerServices;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Restoration;

/// <content>Picture files' contents: one by one, as lists, and on another thread.</content>
public sealed partial class Restorer
{
    // The asynchronous calls of all restorers of a device take turns.
    private static readonly ConditionalWeakTable<Device, SemaphoreSlim> Turns = [];

    /// <summary>
    /// Restores a picture. Its opacity is upsampled by bicubic interpolation, and its ICC profile is kept. Invisible
    /// pixels first take the colour of visible neighbours (<see cref="TransparentPixels"/>).
    /// </summary>
    /// <param name="picture">The measurement.</param>
    /// <param name="progress">Called periodically with the fraction done, 0 to 1.</param>
    /// <param name="cancellation">Ends the work between two iterations.</param>
    /// <exception cref="InputException">The picture cannot be restored; the message says why.</exception>
    /// <exception cref="ArithmeticException">The iteration diverged: values of the result are not finite.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">Another thread uses the restorer or its device.</exception>
    /// <exception cref="ObjectDisposedException">The restorer or its device was disposed.</exception>
    public Picture Restore(
        Picture picture, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        Shape measured = picture.Image.Shape;
        float[] visible = TransparentPixels.Fill(picture).Image.Values;
        float[] restored = Restore(visible, measured, progress, cancellation);
        float[]? alpha = picture.Alpha is null || Task.Stride == 1
            ? picture.Alpha
            : BicubicUpsampling.Apply(picture.Alpha, measured with { C = 1 }, Task.Stride, shift: Shift);
        return picture with { Image = new PlanarImage(restored, RestoredShape(measured)), Alpha = alpha };
    }

    /// <summary>
    /// Restores a picture on another thread. Calls wait for each other, also those of other restorers of the device.
    /// </summary>
    /// <param name="picture">The measurement.</param>
    /// <param name="progress">Is told periodically the fraction done, 0 to 1.</param>
    /// <param name="cancellation">Ends the waiting, or the work between two iterations.</param>
    /// <returns>The picture; the task fails with the exceptions of <see cref="Restore(Picture, Action{double}?, CancellationToken)"/>.</returns>
    public async Task<Picture> RestoreAsync(
        Picture picture, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        SemaphoreSlim turn = Turns.GetValue(_device, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            Action<double>? report = progress is null ? null : progress.Report;
            return await System.Threading.Tasks.Task.Run(() => Restore(picture, report, cancellation), cancellation)
                .ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Restores pictures one after another, which may have different sizes.</summary>
    /// <param name="pictures">The measurements.</param>
    /// <param name="progress">Called periodically with the fraction done of all pictures, 0 to 1.</param>
    /// <param name="cancellation">Ends the work between two iterations.</param>
    /// <returns>The pictures, in the same order.</returns>
    /// <exception cref="InputException">A picture cannot be restored; the message says which and why.</exception>
    public IReadOnlyList<Picture> Restore(
        IReadOnlyList<Picture> pictures, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        using UseGuard.Scope use = _guard.Enter();
        for (int i = 0; i < pictures.Count; i++)
        {
            if (WhyNot(pictures[i].Image.Shape) is { } reason)
            {
                throw new InputException($"picture {i}: {reason}");
            }
        }

        var restored = new Picture[pictures.Count];
        for (int i = 0; i < restored.Length; i++)
        {
            restored[i] = Restore(
                pictures[i], part => progress?.Invoke((i + part) / restored.Length), cancellation);
        }

        return restored;
    }
}
