using InfAdmm.Engine;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>
/// A <see cref="RestorationMethod"/> for one image shape, with the workspace that it keeps between images.
/// </summary>
public abstract class PreparedMethod : IDisposable
{
    /// <summary>Restores the image of the measurement's current values.</summary>
    /// <param name="x">The result.</param>
    /// <param name="iterate">Called with each iterate, if the method iterates.</param>
    public abstract void Restore(Tensor x, Action<Tensor>? iterate);

    /// <summary>
    /// Measures the z-update of the iterate that <see cref="Restore"/> has just reported, outside the timed part; null if
    /// the method does not measure its z-updates.
    /// </summary>
    public virtual ZUpdateMeasurement? MeasureZUpdate() => null;

    /// <summary>Frees the workspace.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
