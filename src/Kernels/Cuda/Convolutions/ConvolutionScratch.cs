using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// The layout of the scratch memory of a plan: the workspace of cuDNN, then a place for each operand that cannot be
/// used where it is, because cuDNN needs it in half precision or because it is not aligned to 16 bytes.
/// </summary>
internal sealed class ConvolutionScratch
{
    /// <summary>The alignment of the operands of cuDNN.</summary>
    public const int Alignment = 16;

    private const int Slot = 2;
    private const int PlaceAlignment = 256;

    private readonly CudaDevice _device;
    private readonly bool _half;
    private long _bytes;

    /// <summary>Creates the layout with the workspace.</summary>
    public ConvolutionScratch(CudaDevice device, bool half, nuint workspaceBytes)
    {
        _device = device;
        _half = half;
        WorkspaceBytes = workspaceBytes;
        _bytes = Aligned((long)workspaceBytes);
    }

    /// <summary>The size of the workspace of cuDNN.</summary>
    public nuint WorkspaceBytes { get; }

    /// <summary>The workspace of cuDNN.</summary>
    public DevicePointer Workspace => WorkspaceBytes == 0 ? DevicePointer.Null : Start;

    private DevicePointer Start => _device.Scratch(Slot, _bytes);

    /// <summary>Adds an operand with the given number of elements.</summary>
    public OperandPlace Add(long count)
    {
        var place = new OperandPlace(_bytes, count);
        _bytes += Aligned(count * (_half ? sizeof(ushort) : sizeof(float)));
        return place;
    }

    /// <summary>The address of an operand's place.</summary>
    public DevicePointer At(OperandPlace place) => Start.Plus(place.Offset);

    /// <summary>The address at which cuDNN reads an operand: its own, or its place, after a copy.</summary>
    public DevicePointer Read(DevicePointer operand, OperandPlace place)
    {
        if (!Moves(operand))
        {
            return operand;
        }

        DevicePointer target = At(place);
        if (_half)
        {
            _device.ToHalf(operand, target, place.Count);
        }
        else
        {
            Copy(operand, target, place);
        }

        return target;
    }

    /// <summary>The address at which cuDNN writes a result.</summary>
    public DevicePointer Written(DevicePointer result, OperandPlace place) => Moves(result) ? At(place) : result;

    /// <summary>Copies a result to its destination if it was written to its place.</summary>
    public void Deliver(DevicePointer result, OperandPlace place)
    {
        if (!Moves(result))
        {
            return;
        }

        if (_half)
        {
            _device.FromHalf(At(place), result, place.Count);
        }
        else
        {
            Copy(At(place), result, place);
        }
    }

    private static long Aligned(long bytes) => (bytes + PlaceAlignment - 1) / PlaceAlignment * PlaceAlignment;

    private bool Moves(DevicePointer operand) => _half || operand.Value % Alignment != 0;

    private void Copy(DevicePointer source, DevicePointer target, OperandPlace place) =>
        _device.CopyFloats(source, target, place.Count);
}

/// <summary>The place of an operand in scratch memory.</summary>
/// <param name="Offset">Bytes from the start of the scratch memory.</param>
/// <param name="Count">The number of elements.</param>
internal readonly record struct OperandPlace(long Offset, long Count);
