using InfAdmm.Engine;

namespace InfAdmm.Nn.Autograd;

/// <summary>
/// A trainable value that outlives the graphs that use it. It owns its value and gradient until a
/// <see cref="Optimizers.ParameterArena"/> takes ownership of both.
/// </summary>
public sealed class Parameter : Variable, IDisposable
{
    /// <summary>Creates a parameter with value and gradient 0.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="shape">The shape.</param>
    public Parameter(Device device, Shape shape)
        : base(null, device.AllocateZeros(shape), requiresGradient: true) => Gradient = device.AllocateZeros(shape);

    /// <summary>Frees the memory, unless an arena owns it.</summary>
    public void Dispose()
    {
        Data.Dispose();
        Gradient?.Dispose();
    }

    /// <summary>
    /// Copies value and gradient into the given views and uses these from now on; they must outlive this parameter.
    /// </summary>
    internal void MoveTo(Tensor data, Tensor gradient)
    {
        data.Device.Copy(Data, data);
        data.Device.Copy(Gradient!, gradient);
        Dispose();
        Data = data;
        Gradient = gradient;
    }
}
