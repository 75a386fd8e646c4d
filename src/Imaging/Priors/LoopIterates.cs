using InfAdmm.Engine;

namespace InfAdmm.Imaging.Priors;

/// <summary>
/// The iterates of a <see cref="PriorLoop"/>, kept so that a later loop with the same weights can continue from them: that
/// for the next frame of a video.
/// </summary>
public sealed class LoopIterates : IDisposable
{
    /// <summary>Allocates the iterates; they have no values yet.</summary>
    /// <param name="device">The device of the loop.</param>
    /// <param name="images">The shape of the images.</param>
    public LoopIterates(Device device, Shape images)
    {
        Z = device.Allocate(images);
        try
        {
            Q = device.Allocate(images);
        }
        catch
        {
            Z.Dispose();
            throw;
        }
    }

    /// <summary>The iterate z.</summary>
    public Tensor Z { get; }

    /// <summary>The point q = z + w.</summary>
    public Tensor Q { get; }

    /// <summary>The penalty ρ to which w belongs.</summary>
    public double Rho { get; private set; }

    /// <summary>Copies the iterates of a loop.</summary>
    internal void Set(Tensor z, Tensor q, double rho)
    {
        z.Device.Copy(z, Z);
        z.Device.Copy(q, Q);
        Rho = rho;
    }

    /// <summary>Frees the iterates.</summary>
    public void Dispose()
    {
        Z.Dispose();
        Q.Dispose();
    }
}
