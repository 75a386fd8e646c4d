using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Inference;

/// <summary>A stored value of a network: an input, the output or the result of a step.</summary>
/// <param name="shape">The shape.</param>
internal sealed class PlannedValue(Shape shape)
{
    private Tensor? _tensor;

    /// <summary>The shape.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>The memory; for inputs and the output it changes from run to run.</summary>
    public Tensor Tensor
    {
        get => _tensor ?? throw new InvalidOperationException($"a value of {Shape} has no memory");
        set => _tensor = value;
    }

    /// <summary>The address.</summary>
    public DevicePointer Address => CudaDevice.Address(Tensor);
}

/// <summary>Some channels of a value that is not stored: a stored value after an unshuffle.</summary>
/// <param name="Value">The stored value.</param>
/// <param name="Factor">The factor of the unshuffle; 1 for none.</param>
internal readonly record struct ValuePart(PlannedValue Value, int Factor)
{
    /// <summary>The number of channels.</summary>
    public int Channels => Value.Shape.C * Factor * Factor;

    /// <summary>Concatenates the parts along the channels into a padded image, in one pass per part.</summary>
    /// <param name="device">The device.</param>
    /// <param name="parts">The parts.</param>
    /// <param name="spec">The padding; the stride is not used.</param>
    /// <param name="target">The address of the padded image.</param>
    public static void Assemble(
        CudaDevice device, IReadOnlyList<ValuePart> parts, Conv2dSpec spec, DevicePointer target)
    {
        int channels = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            channels += parts[i].Channels;
        }

        int channel = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            ValuePart part = parts[i];
            device.Pad(
                part.Value.Address, part.Value.Shape, part.Factor, spec.Boundary, spec.Top, spec.Left, spec.Bottom,
                spec.Right, target, channels, channel);
            channel += part.Channels;
        }
    }
}
