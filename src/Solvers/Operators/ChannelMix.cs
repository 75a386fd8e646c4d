using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// g = Σ_c a_c x_c: combines the channels of each image into one plane. The weights are normalised to a unit vector, so
/// that the mix times its adjoint is the identity; the operator that acts on the plane includes the scale.
/// </summary>
public sealed class ChannelMix : IDisposable
{
    private readonly Device _device;
    private readonly Tensor _gather;
    private readonly Tensor _spread;

    /// <summary>Creates the mix for one image shape.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="weights">One weight per channel; only their direction matters.</param>
    /// <param name="imageShape">The shape of x.</param>
    /// <exception cref="ShapeException">The number of weights differs from the number of channels.</exception>
    public ChannelMix(Device device, IReadOnlyList<double> weights, Shape imageShape)
    {
        if (weights.Count != imageShape.C)
        {
            throw new ShapeException($"{weights.Count} weights cannot mix the channels of {imageShape}");
        }

        _device = device;
        ImageShape = imageShape;
        PlaneShape = imageShape with { C = 1 };
        double norm = Norm(weights);
        float[] unit = [.. weights.Select(weight => (float)(weight / norm))];
        _gather = device.Allocate(new Shape(1, weights.Count, 1, 1), unit);
        _spread = device.Allocate(new Shape(weights.Count, 1, 1, 1), unit);
    }

    /// <summary>The shape of x.</summary>
    public Shape ImageShape { get; }

    /// <summary>The shape of g: one channel.</summary>
    public Shape PlaneShape { get; }

    /// <summary>‖a‖, the norm that the weights are divided by.</summary>
    public static double Norm(IReadOnlyList<double> weights) => Math.Sqrt(weights.Sum(weight => weight * weight));

    /// <summary>g = Σ_c a_c x_c.</summary>
    public void Apply(Tensor x, Tensor g) =>
        _device.Conv2d(x, _gather, null, Conv2dSpec.Valid(), Activation.None, g);

    /// <summary>x_c = a_c g.</summary>
    public void Adjoint(Tensor g, Tensor x) =>
        _device.Conv2d(g, _spread, null, Conv2dSpec.Valid(), Activation.None, x);

    /// <summary>Frees the weights' tensors.</summary>
    public void Dispose()
    {
        _gather.Dispose();
        _spread.Dispose();
    }
}
