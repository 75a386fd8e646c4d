using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// The measurements of pictures with a margin around them, where nothing was measured. The initial estimate and a
/// conditional network need values there, and a mirrored margin is only a first guess: it is not the blur of any image
/// that contains the pictures. Therefore an estimate of the image is blurred again, its margin is copied into the
/// measurements, and the next estimate is better: expectation maximisation, where the missing data are the measurements
/// of the margin.
/// </summary>
internal sealed class MeasurementMargin
{
    private const int LeastSide = 16;
    private const int SideInKernels = 2;

    private readonly TaskOperator _operator;
    private readonly Tensor _y;
    private readonly float[] _values;
    private readonly float[] _blurred;

    /// <summary>Describes the margin.</summary>
    /// <param name="linearOperator">The operator A of the extended images. The caller keeps ownership.</param>
    /// <param name="y">The measurements with their margin, which are written. The caller keeps ownership.</param>
    /// <param name="rows">The extension of the measurements' columns.</param>
    /// <param name="columns">The extension of the measurements' rows.</param>
    public MeasurementMargin(TaskOperator linearOperator, Tensor y, EdgeExtension rows, EdgeExtension columns)
    {
        _operator = linearOperator;
        _y = y;
        Rows = rows;
        Columns = columns;
        _values = new float[y.Shape.Count];
        _blurred = new float[linearOperator.Task.Start.MarginPasses == 0 ? 0 : _values.Length];
        bool[] known = new bool[y.Shape.PlaneSize];
        for (int i = 0; i < rows.Length; i++)
        {
            known.AsSpan((rows.Before + i) * y.Shape.W + columns.Before, columns.Length).Fill(true);
        }

        Known = new Mask(y.Shape.H, y.Shape.W, known, "margin");
    }

    /// <summary>The width of the margin on each side, in pixels of the image, for a length of the kernel.</summary>
    public static int SideFor(int kernel) => Math.Max(LeastSide, SideInKernels * kernel);

    /// <summary>The extension of the measurements' columns.</summary>
    public EdgeExtension Rows { get; }

    /// <summary>The extension of the measurements' rows.</summary>
    public EdgeExtension Columns { get; }

    /// <summary>Where a measurement exists.</summary>
    public Mask Known { get; }

    /// <summary>Sets a plane of y to a window of a measurement and its mirror images; <see cref="Upload"/> writes it.</summary>
    /// <param name="plane">The plane of y.</param>
    /// <param name="measured">A plane of the measurement.</param>
    /// <param name="width">The width of that plane.</param>
    /// <param name="top">The window's first row in it.</param>
    /// <param name="left">The window's first column in it.</param>
    public void Mirror(int plane, ReadOnlySpan<float> measured, int width, int top, int left)
    {
        int size = _y.Shape.PlaneSize;
        EdgeExtension.Apply(measured, width, top, left, Rows, Columns, _values.AsSpan(plane * size, size));
    }

    /// <summary>Writes the mirrored measurements to y.</summary>
    public void Upload() => _y.Device.Upload(_values, _y);

    /// <summary>Computes the initial estimate, and with it the margin of y, as often as the task asks for.</summary>
    /// <param name="start">The estimate from y.</param>
    /// <param name="z">Receives the estimate.</param>
    /// <param name="workspace">A tensor of y's shape.</param>
    public void Start(IStartEstimate start, Tensor z, Tensor workspace)
    {
        start.Apply(z);
        for (int pass = 0; pass < _operator.Task.Start.MarginPasses; pass++)
        {
            Take(z, workspace);
            start.Apply(z);
        }
    }

    /// <summary>Copies the margin of the blurred estimate into y.</summary>
    /// <param name="estimate">An estimate of the images.</param>
    /// <param name="workspace">A tensor of y's shape.</param>
    public void Take(Tensor estimate, Tensor workspace)
    {
        _operator.Apply(estimate, workspace);
        _y.Device.Download(workspace, _blurred);
        Shape shape = _y.Shape;
        for (int row = 0; row < shape.Planes * shape.H; row++)
        {
            int i = row % shape.H;
            bool inside = i >= Rows.Before && i < Rows.Before + Rows.Length;
            int before = inside ? Columns.Before : shape.W;
            int after = inside ? Columns.Before + Columns.Length : shape.W;
            int first = row * shape.W;
            _blurred.AsSpan(first, before).CopyTo(_values.AsSpan(first));
            _blurred.AsSpan(first + after, shape.W - after).CopyTo(_values.AsSpan(first + after));
        }

        Upload();
    }
}
