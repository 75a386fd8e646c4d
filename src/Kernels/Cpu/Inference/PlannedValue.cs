namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// A value of a planned network in the blocked layout: the channels of its blocks, the border that its readers need
/// and, after allocation, its memory. A part of a concatenation has no memory of its own.
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

    /// <summary>A view of blocks of <paramref name="whole"/>, starting at <paramref name="firstBlock"/>.</summary>
    public PlannedValue(PlannedValue whole, int firstBlock, int[] blockChannels)
    {
        _whole = whole;
        _firstBlock = firstBlock;
        BlockChannels = blockChannels;
    }

    /// <summary>Channels in each block: the lanes of a vector, or fewer in the last block of each part.</summary>
    public int[] BlockChannels { get; }

    /// <summary>The memory; use it after all readers have requested their border.</summary>
    public BlockedPlanes Planes => _whole is null ? _planes : _whole.Planes.From(_firstBlock, BlockChannels.Length);

    /// <summary>True if the border contains the periodic extension of the image, false if zeros.</summary>
    public bool Wraps => _whole?.Wraps ?? _wraps;

    /// <summary>
    /// Floats in all images, including the borders, and one more vector that readers of the last pixel access.
    /// </summary>
    public long Length => (long)_planes.Images * _planes.Blocks * _planes.BlockPitch + _planes.Lanes;

    public bool OwnsMemory => _whole is null;

    /// <summary>Splits channels into blocks.</summary>
    public static int[] Split(int channels, int lanes)
    {
        var blocks = new int[(channels + lanes - 1) / lanes];
        for (int i = 0; i < blocks.Length; i++)
        {
            blocks[i] = Math.Min(lanes, channels - i * lanes);
        }

        return blocks;
    }

    /// <summary>Makes the border at least this wide; negative values count as 0.</summary>
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

    /// <summary>Sets the contents of the border for a reader whose results depend on them.</summary>
    /// <returns>False if another reader needs a different kind of border.</returns>
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

    /// <summary>Allocates the memory of the value; it must be zero-initialised.</summary>
    public unsafe void Allocate(Func<long, nint> allocate)
    {
        _planes.ImagePitch = _planes.Blocks * _planes.BlockPitch;
        _planes.Origin = (float*)allocate(Length) + _planes.OriginOffset;
    }
}
