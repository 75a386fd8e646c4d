using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

/// <summary>
/// A trainable value that outlives its graphs. It owns value and gradient until a <see
/// cref="Optimizers.ParameterArena"/> takes both over.
/// </summary>
public sealed class Parameter : Variable, IDisposable
{
    /// <summary>Creates a parameter of zeros with a gradient of zeros.</summary>
    /// <param name="device">Where it lives.</param>
    /// <param name="shape">Its extents.</param>
    public Parameter(Device device, Shape shape)
        : base(null, device.AllocateZeros(shape), requiresGradient: true) => Gradient = device.AllocateZeros(shape);

    /// <summary>Frees the memory, if no arena took it over.</summary>
    public void Dispose()
    {
        Data.Dispose();
        Gradient?.Dispose();
    }

    /// <summary>Moves value and gradient into the given views, which must outlive this parameter.</summary>
    internal void MoveTo(Tensor data, Tensor gradient)
    {
        data.Device.Copy(Data, data);
        data.Device.Copy(Gradient!, gradient);
        Dispose();
        Data = data;
        Gradient = gradient;
    }
}
