using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>Keeps some positions of every plane of a tensor, and sets the others to zero. Self-adjoint.</summary>
public sealed class MaskGate : IDisposable
{
    private readonly Tensor _gate;

    /// <summary>Creates the gate.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="kept">What to keep of a plane, in row-major order.</param>
    /// <param name="shape">The shape of the tensors.</param>
    public MaskGate(Device device, ReadOnlySpan<bool> kept, Shape shape)
    {
        float[] values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = kept[i % kept.Length] ? 1 : 0;
        }

        _gate = device.Allocate(shape, values);
    }

    /// <summary>result = value where it is kept, else 0. result may be value.</summary>
    public void Keep(Tensor value, Tensor result) =>
        // The gradient of a ReLU selects.
        value.Device.ReluBackward(_gate, value, result);

    /// <summary>Frees the gate.</summary>
    public void Dispose() => _gate.Dispose();
}
