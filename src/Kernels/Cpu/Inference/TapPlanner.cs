namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The order of the taps and input channels of a direct convolution: the steps of the kernel, and the contiguous runs
/// among them. A transposed convolution of stride s has s² phases, each with its own steps.
/// </summary>
internal sealed class TapPlanner(ConvolutionGeometry geometry, PlannedValue source, int lanes, bool unfolded)
{
    /// <summary>Contiguous floats: the offset of the first from the source pixel in bytes, and their number.</summary>
    public readonly record struct Run(nint Offset, nint Length);

    /// <summary>The number of grids of output pixels, each with its own taps.</summary>
    public int Phases => geometry.IsPhased ? geometry.Stride * geometry.Stride : 1;

    private int RowPhase(int phase) => phase / geometry.Stride;

    private int ColumnPhase(int phase) => phase % geometry.Stride;

    /// <summary>The output pixels of a phase, without segments and weights.</summary>
    public PixelGrid Grid(int phase)
    {
        int step = geometry.IsPhased ? geometry.Stride : 1;
        int row = geometry.IsPhased ? RowPhase(phase) : 0;
        int column = geometry.IsPhased ? ColumnPhase(phase) : 0;
        return new PixelGrid
        {
            Rows = (geometry.Output.H - row + step - 1) / step,
            Columns = (geometry.Output.W - column + step - 1) / step,
            SourceRowStep = geometry.IsPhased ? 1 : geometry.Stride,
            SourceColumnStep = geometry.IsPhased || unfolded ? 1 : geometry.Stride,
            TargetStep = step,
            TargetRow = row,
            TargetColumn = column,
        };
    }

    /// <summary>The runs of a phase, block by block.</summary>
    public List<Run> Runs(int phase)
    {
        var runs = new List<Run>();
        BlockedPlanes planes = source.Planes;
        for (int block = 0; block < source.BlockChannels.Length; block++)
        {
            foreach ((int _, int rowOffset, int _, int columnOffset) in Taps(phase))
            {
                long offset = block * planes.BlockPitch + rowOffset * planes.RowPitch + (long)columnOffset * lanes;
                runs.Add(new Run((nint)offset * sizeof(float), source.BlockChannels[block]));
            }
        }

        return runs;
    }

    /// <summary>The input channel and tap of every step of a phase, in the order of its runs.</summary>
    public List<(int Channel, int Row, int Column)> Steps(int phase)
    {
        var steps = new List<(int, int, int)>();
        int first = 0;
        foreach (int channels in source.BlockChannels)
        {
            foreach ((int row, int _, int column, int _) in Taps(phase))
            {
                for (int c = first; c < first + channels; c++)
                {
                    steps.Add(unfolded ? (c % geometry.Input.C, row, c / geometry.Input.C) : (c, row, column));
                }
            }

            first += channels;
        }

        return steps;
    }

    /// <summary>The runs of a convolution with one tap: the channels of the pixel itself.</summary>
    public static List<Run> Pixel(PlannedValue source)
    {
        var runs = new List<Run>();
        for (int block = 0; block < source.BlockChannels.Length; block++)
        {
            runs.Add(new Run((nint)(block * source.Planes.BlockPitch) * sizeof(float), source.BlockChannels[block]));
        }

        return runs;
    }

    /// <summary>
    /// The taps of a phase, with the row and column offsets from the source pixel to the pixel that they read.
    /// </summary>
    private IEnumerable<(int Row, int RowOffset, int Column, int ColumnOffset)> Taps(int phase)
    {
        for (int row = 0; row < geometry.KernelHeight; row++)
        {
            for (int column = 0; column < (unfolded ? 1 : geometry.KernelWidth); column++)
            {
                if (!geometry.IsPhased)
                {
                    yield return (row, row - geometry.Top, column, unfolded ? 0 : column - geometry.Left);
                    continue;
                }

                int rowDistance = RowPhase(phase) + geometry.Top - row;
                int columnDistance = ColumnPhase(phase) + geometry.Left - column;
                if (rowDistance % geometry.Stride == 0 && columnDistance % geometry.Stride == 0)
                {
                    yield return (row, rowDistance / geometry.Stride, column, columnDistance / geometry.Stride);
                }
            }
        }
    }
}
