namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// Lays out the scratch memory of a plan: cuDNN's workspace, then for each operand a place where it stands if it cannot
/// be used where it is, because cuDNN takes it in half precision or because a view begins off 16 bytes.
/// </summary>
internal sealed class ConvolutionScratch
{
    /// <summary>The alignment of what cuDNN is given.</summary>
    public const int Alignment = 16;

    private const int Slot = 2;
    private const int PlaceAlignment = 256;

    private readonly CudaDevice _device;
    private readonly bool _half;
    private long _bytes;

    /// <summary>Begins with the workspace.</summary>
    public ConvolutionScratch(CudaDevice device, bool half, nuint workspaceBytes)
    {
        _device = device;
        _half = half;
        WorkspaceBytes = workspaceBytes;
        _bytes = Aligned((long)workspaceBytes);
    }

    /// <summary>The size of cuDNN's workspace.</summary>
    public nuint WorkspaceBytes { get; }

    /// <summary>cuDNN's workspace.</summary>
    public DevicePointer Workspace => WorkspaceBytes == 0 ? DevicePointer.Null : Start;

    private DevicePointer Start => _device.Scratch(Slot, _bytes);

    /// <summary>Adds an operand of so many elements.</summary>
    public OperandPlace Add(long count)
    {
        var place = new OperandPlace(_bytes, count);
        _bytes += Aligned(count * (_half ? sizeof(ushort) : sizeof(float)));
        return place;
    }

    /// <summary>The address of an operand's place.</summary>
    public DevicePointer At(OperandPlace place) => Start.Plus(place.Offset);

    /// <summary>Where cuDNN reads an operand: where it is, or its place, to which it is copied.</summary>
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

    /// <summary>Where cuDNN writes a result.</summary>
    public DevicePointer Written(DevicePointer result, OperandPlace place) => Moves(result) ? At(place) : result;

    /// <summary>Brings a result to where it belongs, if it was written elsewhere.</summary>
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

/// <summary>A place in scratch memory.</summary>
/// <param name="Offset">Bytes from its beginning.</param>
/// <param name="Count">Elements.</param>
internal readonly record struct OperandPlace(long Offset, long Count);
