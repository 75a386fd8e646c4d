using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Convolutions;

/// <summary>
/// The layout of the scratch memory of a plan: the workspace of cuDNN, then, if cuDNN cannot use the operands where they are,
/// a place for each: because it needs them in half precision, or because they are not aligned to 16 bytes.
/// </summary>
internal sealed class ConvolutionScratch
{
    /// <summary>The alignment of the operands of cuDNN.</summary>
    public const int Alignment = 16;

    private const int Slot = 2;
    private const int PlaceAlignment = 256;

    private readonly CudaDevice _device;
    private readonly bool _half;
    private readonly bool _moves;
    private readonly long _workspace;
    private long _places;
    private CudaBuffer? _trial;

    /// <summary>Creates the layout with the workspace.</summary>
    /// <param name="device">The device.</param>
    /// <param name="half">Whether operands are converted to half precision.</param>
    /// <param name="aligned">Whether all operands are aligned.</param>
    /// <param name="workspaceBytes">The size of the workspace of cuDNN.</param>
    public ConvolutionScratch(CudaDevice device, bool half, bool aligned, nuint workspaceBytes)
    {
        _device = device;
        _half = half;
        _moves = half || !aligned;
        WorkspaceBytes = workspaceBytes;
        _workspace = Aligned((long)workspaceBytes);
    }

    /// <summary>The size of the workspace of cuDNN.</summary>
    public nuint WorkspaceBytes { get; }

    /// <summary>The workspace of cuDNN.</summary>
    public DevicePointer Workspace => WorkspaceBytes == 0 ? DevicePointer.Null : Start;

    private DevicePointer Start => _trial?.Address ?? _device.Scratch(Slot, Bytes);

    /// <summary>The memory that runs need.</summary>
    public long Bytes => _workspace + (_moves ? _places : 0);

    /// <summary>Adds an operand with the given number of elements.</summary>
    public OperandPlace Add(long count)
    {
        var place = new OperandPlace(_places, count);
        _places += Aligned(count * (_half ? sizeof(ushort) : sizeof(float)));
        return place;
    }

    /// <summary>
    /// Until the result is disposed, the workspace and a place for each operand are in memory that is then freed.
    /// </summary>
    public CudaBuffer BeginTrial() => _trial = _device.Temporary(_workspace + _places);

    /// <summary>Ends the trial, and takes the memory that runs will need.</summary>
    public void Keep()
    {
        _trial = null;
        if (Bytes > 0)
        {
            _device.Scratch(Slot, Bytes);
        }
    }

    /// <summary>The address of an operand's place.</summary>
    public DevicePointer At(OperandPlace place) => Start.Plus(_workspace + place.Offset);

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

    private bool Moves(DevicePointer operand) => _half || (_moves && operand.Value % Alignment != 0);

    private void Copy(DevicePointer source, DevicePointer target, OperandPlace place) =>
        _device.CopyFloats(source, target, place.Count);
}

/// <summary>The place of an operand in scratch memory.</summary>
/// <param name="Offset">Bytes from the first place.</param>
/// <param name="Count">The number of elements.</param>
internal readonly record struct OperandPlace(long Offset, long Count);
