using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The input of a weight gradient with pixels outermost and lanes innermost: [row][column][channel] of the padded
/// image, or [output pixel][tap (c, k, l)]. Lanes are padded to whole vectors; the padding is undefined and only
/// affects lanes that are discarded.
/// </summary>
internal unsafe struct PixelMajorLayout
{
    private PaddedPlanes _padded;
    private Shape _kernel;
    private Shape _output;
    private int _stride;
    private int _vectorWidth;

    /// <summary>Whether the lanes of a pixel are its taps and not its channels.</summary>
    public bool TapsInLanes { get; private set; }

    /// <summary>Floats of one pixel.</summary>
    public int PixelPitch { get; private set; }

    /// <summary>Rows of pixels of an image.</summary>
    public int Rows { get; private set; }

    /// <summary>Columns of pixels of an image.</summary>
    public int Columns { get; private set; }

    public readonly long ImagePitch => (long)Rows * Columns * PixelPitch;

    /// <summary>Floats from one line of a worker to the next; a line is one lane of a row of pixels.</summary>
    public readonly long LinePitch => CacheSizes.Aligned(Columns);

    /// <summary>Lanes of the gradient of one output channel.</summary>
    public readonly int Lanes => TapsInLanes ? PixelPitch : _kernel.PlaneSize * PixelPitch;

    /// <summary>The number of output pixels of an image.</summary>
    public readonly int Pixels => _output.PlaneSize;

    public static PixelMajorLayout Choose(Shape x, Shape kernel, Shape y, Conv2dSpec spec, int vectorWidth)
    {
        int taps = kernel.C * kernel.PlaneSize;
        int channelLanes = RoundUp(kernel.C, vectorWidth);
        int tapLanes = RoundUp(taps, vectorWidth);
        int paddedRows = (y.H - 1) * spec.Stride + kernel.H;
        int paddedColumns = (y.W - 1) * spec.Stride + kernel.W;
        bool tapsInLanes = 2 * tapLanes <= channelLanes * kernel.PlaneSize;
        return new PixelMajorLayout
        {
            _padded = PaddedPlanes.ForConvolution(x, kernel, y, spec),
            _kernel = kernel,
            _output = y,
            _stride = spec.Stride,
            _vectorWidth = vectorWidth,
            TapsInLanes = tapsInLanes,
            PixelPitch = tapsInLanes ? tapLanes : channelLanes,
            Rows = tapsInLanes ? y.H : paddedRows,
            Columns = tapsInLanes ? y.W : paddedColumns,
        };
    }

    /// <summary>Writes the byte offset of the pixel that tap (0, 0) of each output reads.</summary>
    public readonly void FillPixelOffsets(nint* offsets)
    {
        int step = TapsInLanes ? 1 : _stride;
        for (int i = 0; i < _output.H; i++)
        {
            for (int j = 0; j < _output.W; j++)
            {
                long pixel = (long)i * step * Columns + j * step;
                *offsets++ = (nint)(pixel * PixelPitch) * sizeof(float);
            }
        }
    }

    /// <summary>The offset of a vector of lanes of the gradient from a pixel, in floats.</summary>
    public readonly long VectorOffset(int vector)
    {
        int vectorsPerPixel = PixelPitch / _vectorWidth;
        int tap = vector / vectorsPerPixel;
        long pixel = (long)(tap / _kernel.W) * Columns + tap % _kernel.W;
        return pixel * PixelPitch + vector % vectorsPerPixel * _vectorWidth;
    }

    /// <summary>The lane of tap (c, k, l).</summary>
    public readonly int Lane(int c, int k, int l) => TapsInLanes
        ? (c * _kernel.H + k) * _kernel.W + l
        : (k * _kernel.W + l) * PixelPitch + c;

    /// <summary>Copies one lane of a row of pixels; does nothing for a lane of padding.</summary>
    /// <param name="image">The source image.</param>
    /// <param name="row">The row of pixels.</param>
    /// <param name="lane">The lane.</param>
    /// <param name="line">Receives one float per column.</param>
    public readonly void CopyLane(float* image, int row, int lane, float* line)
    {
        int channel = TapsInLanes ? lane / _kernel.PlaneSize : lane;
        if (channel >= _kernel.C)
        {
            return;
        }

        float* plane = image + (long)channel * _padded.SourceHeight * _padded.SourceWidth;
        if (TapsInLanes)
        {
            int k = lane % _kernel.PlaneSize / _kernel.W;
            int l = lane % _kernel.W;
            _padded.CopyRow(plane, row * _stride + k, l, _stride, Columns, line);
        }
        else
        {
            _padded.CopyRow(plane, row, 0, 1, Columns, line);
        }
    }

    /// <summary>Writes the gradient of the weights of one output channel from its lanes.</summary>
    public readonly void Unpack(float* lanes, float* target)
    {
        for (int c = 0; c < _kernel.C; c++)
        {
            for (int k = 0; k < _kernel.H; k++)
            {
                for (int l = 0; l < _kernel.W; l++)
                {
                    *target++ = lanes[Lane(c, k, l)];
                }
            }
        }
    }

    /// <summary>The number of weights of one output channel.</summary>
    public readonly int Taps => _kernel.C * _kernel.PlaneSize;

    /// <summary>Floats of a source image.</summary>
    public readonly long SourcePitch => (long)_kernel.C * _padded.SourceHeight * _padded.SourceWidth;

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}

/// <summary>Packs images in pixel-major order; a piece is one row of pixels. Bound by memory.</summary>
internal unsafe struct PackPixelMajorJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public PixelMajorLayout Layout;
    public float* Source;
    public float* Target;

    /// <summary>For each worker, one line of <see cref="PixelMajorLayout.LinePitch"/> floats per lane.</summary>
    public float* Lines;

    public readonly void Execute(int index, int worker)
    {
        float* image = Source + index / Layout.Rows * Layout.SourcePitch;
        float* target = Target + index * ((long)Layout.Columns * Layout.PixelPitch);
        float* lines = Lines + worker * S.Width * Layout.LinePitch;
        for (int lane = 0; lane < Layout.PixelPitch; lane += S.Width)
        {
            for (int i = 0; i < S.Width; i++)
            {
                Layout.CopyLane(image, index % Layout.Rows, lane + i, lines + i * Layout.LinePitch);
            }

            Transposition<S, V>.PackLanes(lines, Layout.LinePitch, Layout.Columns, target + lane, Layout.PixelPitch);
        }
    }
}

/// <summary>Stores the summed lanes in the order of the weights; a piece is one output channel.</summary>
internal unsafe struct UnpackWeightGradientJob : IJob
{
    public PixelMajorLayout Layout;
    public float* Sums;
    public float* Target;

    public readonly void Execute(int index, int worker) =>
        Layout.Unpack(Sums + index * (long)Layout.Lanes, Target + index * (long)Layout.Taps);
}
