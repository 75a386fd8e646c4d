using InfAdmm.Engine;

namespace InfAdmm.Imaging.Restoration;

/// <summary>
/// What is kept of the last picture of a sequence: its measurement, to find out how far the next one has moved and
/// where they agree, and the z of each window, from which the next loop starts.
/// </summary>
internal sealed class LastPicture
{
    // Pixels of the measurement along a side of a block.
    private const int Block = 8;

    // A block agrees if the root mean square of its difference is at most this fraction of the measurement's contrast,
    // its standard deviation. Noise as in the deblurring task makes about 0.1, and unrelated pictures about 1.4.
    private const double Agreement = 0.35;

    private readonly ShiftEstimate _estimate = new();
    private readonly List<float[]> _windows = [];
    private Shape? _shape;
    private float[] _y = [];
    private float[] _moved = [];
    private bool[] _agrees = [];
    private int _blocksAcross;
    private bool _isKept;

    /// <summary>How far the next picture has moved down, in pixels of the measurement.</summary>
    public double Down { get; private set; }

    /// <summary>How far it has moved to the right.</summary>
    public double Right { get; private set; }

    /// <summary>Whether the pictures agree, once moved, at a pixel of the measurement.</summary>
    public bool Agrees(int row, int column) => _agrees[row / Block * _blocksAcross + column / Block];

    /// <summary>The memory for z in a window, with its margin.</summary>
    /// <param name="window">The number of the window.</param>
    /// <param name="count">The number of values.</param>
    public float[] Window(int window, long count)
    {
        while (_windows.Count <= window)
        {
            _windows.Add([]);
        }

        return _windows[window].Length == count ? _windows[window] : _windows[window] = new float[count];
    }

    /// <summary>Compares the next measurement.</summary>
    /// <param name="y">The measurement.</param>
    /// <param name="shape">Its shape.</param>
    /// <returns>
    /// True if at least half of the blocks agree; false if not, as after a scene cut, or if no picture of that shape is
    /// kept.
    /// </returns>
    public bool Match(ReadOnlySpan<float> y, Shape shape)
    {
        if (!_isKept || _shape != shape)
        {
            return false;
        }

        (Down, Right) = _estimate.Between(_y, y, shape);
        _y.CopyTo(_moved, 0);
        SubpixelShift.Apply(_moved, shape, Down, Right);
        double most = Agreement * Agreement * Variance(_y);
        int agreeing = 0;
        for (int block = 0; block < _agrees.Length; block++)
        {
            _agrees[block] = Difference(y, shape, block) <= most;
            agreeing += _agrees[block] ? 1 : 0;
        }

        return 2 * agreeing >= _agrees.Length;
    }

    /// <summary>Keeps a measurement whose z was written to the windows.</summary>
    /// <param name="y">The measurement.</param>
    /// <param name="shape">Its shape.</param>
    public void Keep(ReadOnlySpan<float> y, Shape shape)
    {
        if (_shape != shape)
        {
            _blocksAcross = (shape.W + Block - 1) / Block;
            _agrees = new bool[_blocksAcross * ((shape.H + Block - 1) / Block)];
            (_y, _moved) = (new float[shape.Count], new float[shape.Count]);
            _shape = shape;
        }

        y.CopyTo(_y);
        _isKept = true;
    }

    /// <summary>Keeps no picture, because the windows will not belong to the measurement.</summary>
    public void Forget() => _isKept = false;

    /// <summary>The mean square of the difference in a block.</summary>
    private double Difference(ReadOnlySpan<float> y, Shape shape, int block)
    {
        int top = block / _blocksAcross * Block;
        int left = block % _blocksAcross * Block;
        int height = Math.Min(Block, shape.H - top);
        int width = Math.Min(Block, shape.W - left);
        double sum = 0;
        for (int row = 0; row < shape.C * height; row++)
        {
            int start = (row / height * shape.H + top + row % height) * shape.W + left;
            for (int i = start; i < start + width; i++)
            {
                double difference = y[i] - _moved[i];
                sum += difference * difference;
            }
        }

        return sum / (shape.C * height * width);
    }

    private static double Variance(ReadOnlySpan<float> values)
    {
        double sum = 0;
        double squares = 0;
        foreach (float value in values)
        {
            sum += value;
            squares += (double)value * value;
        }

        double mean = sum / values.Length;
        return Math.Max(squares / values.Length - mean * mean, 0);
    }
}
