using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Imaging.Tasks;

/// <summary>
/// The measurements of pictures with a margin around them, where nothing was measured. The initial estimate and a
/// conditional network need values there, and a mirrored margin is only a first guess: it is not the blur of any image
/// that contains the pictures. The right values are those of the blurred estimate itself.
/// </summary>
internal sealed class MeasurementMargin : IDisposable
{
    private const int LeastSide = 16;
    private const int SideInKernels = 2;
    private const double SquaredTolerance = 1e-8;

    private readonly TaskOperator _operator;
    private readonly Tensor _y;
    private readonly float[] _values;
    private Work? _work;

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

    /// <summary>
    /// Computes the initial estimate from the measurements that exist, and the margin of y from it, by conjugate gradients
    /// for the fixed point of <see cref="Take"/>: with K, the estimate followed by A, and P, which keeps the margin, m = P K
    /// (y + m) is (I − P K P) m = P K y. Nothing is done for a task without margin iterations.
    /// </summary>
    /// <param name="start">The estimate from y.</param>
    /// <param name="z">Receives the estimate.</param>
    public void Start(IStartEstimate start, Tensor z)
    {
        start.Apply(z);
        int iterations = _operator.Task.Start.MarginIterations;
        if (iterations == 0)
        {
            return;
        }

        Device device = _y.Device;
        Work work = _work ??= new Work(_y, Known);
        device.Copy(_y, work.Measured);
        _operator.Apply(z, work.Blurred);
        device.Combine(1, work.Blurred, -1, _y, work.Residual);
        work.KeepMargin(work.Residual);
        device.Copy(work.Residual, work.Direction);
        double square = work.Dot(work.Residual, work.Residual);
        double target = square * SquaredTolerance;
        for (int i = 0; i < iterations && square > target; i++)
        {
            device.Copy(work.Direction, _y);
            start.Apply(z);
            _operator.Apply(z, work.Blurred);
            device.Combine(1, work.Direction, -1, work.Blurred, work.Blurred);
            work.KeepMargin(work.Blurred);
            double curvature = work.Dot(work.Direction, work.Blurred);
            if (!(curvature > 0))
            {
                break;
            }

            float length = (float)(square / curvature);
            device.Combine(1, work.Measured, length, work.Direction, work.Measured);
            device.Combine(1, work.Residual, -length, work.Blurred, work.Residual);
            double next = work.Dot(work.Residual, work.Residual);
            device.Combine(1, work.Residual, (float)(next / square), work.Direction, work.Direction);
            square = next;
        }

        device.Copy(work.Measured, _y);
        start.Apply(z);
    }

    /// <summary>Copies the margin of the blurred estimate into y.</summary>
    /// <param name="estimate">An estimate of the images.</param>
    public void Take(Tensor estimate)
    {
        Work work = _work ??= new Work(_y, Known);
        _operator.Apply(estimate, work.Blurred);
        work.KeepMargin(work.Blurred);
        work.KeepKnown(_y);
        _y.Device.Combine(1, _y, 1, work.Blurred, _y);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => _work?.Dispose();

    /// <summary>The tensors of the iteration.</summary>
    private sealed class Work : IDisposable
    {
        private readonly TensorScope _scope;
        private readonly MaskGate _known;
        private readonly MaskGate _margin;
        private readonly Tensor _scalar;

        public Work(Tensor y, Mask known)
        {
            Device device = y.Device;
            _scope = new TensorScope(device);
            Measured = _scope.Allocate(y.Shape);
            Blurred = _scope.Allocate(y.Shape);
            Residual = _scope.Allocate(y.Shape);
            Direction = _scope.Allocate(y.Shape);
            _scalar = _scope.Allocate(Shape.Scalar);
            _known = new MaskGate(device, known.Kept, y.Shape);
            _margin = new MaskGate(device, [.. known.Kept.ToArray().Select(kept => !kept)], y.Shape);
        }

        public Tensor Measured { get; }

        public Tensor Blurred { get; }

        public Tensor Residual { get; }

        public Tensor Direction { get; }

        public void KeepMargin(Tensor values) => _margin.Keep(values, values);

        public void KeepKnown(Tensor values) => _known.Keep(values, values);

        public double Dot(Tensor a, Tensor b)
        {
            a.Device.Dot(a, b, _scalar);
            return _scalar.ToScalar();
        }

        public void Dispose()
        {
            _known.Dispose();
            _margin.Dispose();
            _scope.Dispose();
        }
    }
}
