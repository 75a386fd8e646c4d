namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// A value of a planned network in the blocked layout: the channels of its blocks, the border that its readers need, and,
/// once allocated, its memory. A part of a concatenation has no memory of its own.
/// </summary>
internal sealed class PlannedValue
{
    private readonly PlannedValue? _whole;
    private readonly int _firstBlock;
    private BlockedPlanes _planes;
    private bool _bordered;
    private bool _wraps;

    public PlannedValue(int images, int height, int width, int[] blockChannels, int lanes)
    {
        BlockChannels = blockChannels;
        _planes = new BlockedPlanes
        {
            Images = images,
            Blocks = blockChannels.Length,
            Height = height,
            Width = width,
            Lanes = lanes,
        };
    }

    /// <summary>The blocks of <paramref name="whole"/> from <paramref name="firstBlock"/> on.</summary>
    public PlannedValue(PlannedValue whole, int firstBlock, int[] blockChannels)
    {
        _whole = whole;
        _firstBlock = firstBlock;
        BlockChannels = blockChannels;
    }

    /// <summary>Channels in each block: a vector's lanes, but for the last of each part.</summary>
    public int[] BlockChannels { get; }

    /// <summary>The memory; call after all readers have asked for their border.</summary>
    public BlockedPlanes Planes => _whole is null ? _planes : _whole.Planes.From(_firstBlock, BlockChannels.Length);

    /// <summary>True if the border holds the image wrapped around, false if zeros.</summary>
    public bool Wraps => _whole?.Wraps ?? _wraps;

    /// <summary>The count of images' floats, the border included, and a vector that the last pixel's readers touch.</summary>
    public long Length => (long)_planes.Images * _planes.Blocks * _planes.BlockPitch + _planes.Lanes;

    public bool OwnsMemory => _whole is null;

    /// <summary>Splits a count of channels into blocks.</summary>
    public static int[] Split(int channels, int lanes)
    {
        var blocks = new int[(channels + lanes - 1) / lanes];
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = Math.Min(lanes, channels - i * lanes);
        }

        return blocks;
    }

    /// <summary>Makes the border at least so wide, whatever it holds; below 0 counts as 0.</summary>
    public void WidenBorder(int top, int left, int bottom, int right)
    {
        if (_whole is not null)
        {
            _whole.WidenBorder(top, left, bottom, right);
            return;
        }

        _planes.Top = Math.Max(_planes.Top, top);
        _planes.Left = Math.Max(_planes.Left, left);
        _planes.Bottom = Math.Max(_planes.Bottom, bottom);
        _planes.Right = Math.Max(_planes.Right, right);
    }

    /// <summary>Says what the border holds, to a reader whose results depend on it.</summary>
    /// <returns>False if another reader needs the other kind of border.</returns>
    public bool FillBorder(bool wraps)
    {
        if (_whole is not null)
        {
            return _whole.FillBorder(wraps);
        }

        bool agrees = !_bordered || _wraps == wraps;
        _bordered = true;
        _wraps = wraps;
        return agrees;
    }

    /// <summary>Gives the value its memory, which must be zero.</summary>
    public unsafe void Allocate(Func<long, nint> allocate)
    {
        _planes.ImagePitch = _planes.Blocks * _planes.BlockPitch;
        _planes.Origin = (float*)allocate(Length) + _planes.OriginOffset;
    }
}
