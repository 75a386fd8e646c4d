using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// y = S H Σ_c a_c x_c, the grey, blurred and decimated image (MATH.md §3), factored as (‖a‖ S H)(aᵀ/‖a‖). The second
/// factor times its adjoint is one, so A Aᵀ is that of the first, which is a <see cref="BlurDownsample"/> of its own:
/// everything known of that one's inverse serves here too.
/// </summary>
public sealed class MixedBlur : ILinearOperator, IDisposable
{
    private readonly Tensor _plane;

    /// <summary>Creates the operator for one image shape.</summary>
    /// <param name="device">Where it computes.</param>
    /// <param name="weights">a, one weight a channel.</param>
    /// <param name="kernel">The blur H.</param>
    /// <param name="stride">The step between measured pixels.</param>
    /// <param name="imageShape">The shape of x.</param>
    /// <exception cref="InputException">The stride does not divide the image, or the kernel exceeds it.</exception>
    public MixedBlur(Device device, IReadOnlyList<double> weights, BlurKernel kernel, int stride, Shape imageShape)
    {
        Plane = new BlurDownsample(
            device, kernel.Scaled(ChannelMix.Norm(weights)), stride, imageShape with { C = 1 });
        Mix = new ChannelMix(device, weights, imageShape);
        _plane = device.Allocate(Mix.PlaneShape);
    }

    /// <summary>aᵀ/‖a‖.</summary>
    public ChannelMix Mix { get; }

    /// <summary>‖a‖ S H, on one channel.</summary>
    public BlurDownsample Plane { get; }

    /// <inheritdoc/>
    public Shape ImageShape => Mix.ImageShape;

    /// <inheritdoc/>
    public Shape MeasurementShape => Plane.MeasurementShape;

    /// <inheritdoc/>
    public void Apply(Tensor x, Tensor y)
    {
        Mix.Apply(x, _plane);
        Plane.Apply(_plane, y);
    }

    /// <inheritdoc/>
    public void Adjoint(Tensor y, Tensor x)
    {
        Plane.Adjoint(y, _plane);
        Mix.Adjoint(_plane, x);
    }

    /// <summary>Frees both factors.</summary>
    public void Dispose()
    {
        _plane.Dispose();
        Mix.Dispose();
        Plane.Dispose();
    }
}
