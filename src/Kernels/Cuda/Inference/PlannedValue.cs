using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Inference;

/// <summary>A value of a network that is stored: an input, the output or what a step computes.</summary>
/// <param name="shape">Its shape.</param>
internal sealed class PlannedValue(Shape shape)
{
    private Tensor? _tensor;

    /// <summary>Its shape.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>Where it is; that of inputs and the output changes from run to run.</summary>
    public Tensor Tensor
    {
        get => _tensor ?? throw new InvalidOperationException($"a value of {Shape} was given no memory");
        set => _tensor = value;
    }

    /// <summary>Where it begins.</summary>
    public DevicePointer Address => CudaDevice.Address(Tensor);
}

/// <summary>Channels of a value that is not stored: those of a stored one, unshuffled by a factor.</summary>
/// <param name="Value">The stored value.</param>
/// <param name="Factor">Pixels a side that become channels, 1 for none.</param>
internal readonly record struct ValuePart(PlannedValue Value, int Factor)
{
    /// <summary>The count of channels.</summary>
    public int Channels => Value.Shape.C * Factor * Factor;

    /// <summary>Puts the parts one after the other along channels into a padded image: one pass for each.</summary>
    /// <param name="device">Where.</param>
    /// <param name="parts">The parts.</param>
    /// <param name="spec">How much padding, and of what; no more is read off it.</param>
    /// <param name="target">Where the padded image begins.</param>
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
