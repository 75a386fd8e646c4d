namespace InfAdmm.Engine;

/// <summary>
/// The operands of <see cref="Device.VaryingBlur"/>: kernels at a grid of anchors, their separable windows, and
/// workspace. Anchor (i, j) is kernel i·columns + j, with the window rowWeights[i, r]·columnWeights[j, c] at measured
/// pixel (r, c). The tensors belong to the caller.
/// </summary>
public sealed class VaryingKernels
{
    /// <summary>Groups the tensors.</summary>
    /// <param name="kernels">The kernels, (rows·columns, 1, kh, kw), anchor by anchor in row-major order.</param>
    /// <param name="rowWeights">The weights of the anchor rows, (1, 1, rows, h) for a measurement of h × w.</param>
    /// <param name="columnWeights">The weights of the anchor columns, (1, 1, columns, w).</param>
    /// <param name="workspace">A tensor of the measurement's shape; the ops overwrite it.</param>
    /// <exception cref="ShapeException">The shapes do not fit together.</exception>
    public VaryingKernels(Tensor kernels, Tensor rowWeights, Tensor columnWeights, Tensor workspace)
    {
        int rows = rowWeights.Shape.H;
        int columns = columnWeights.Shape.H;
        Shape kernel = Shape.Matrix(kernels.Shape.H, kernels.Shape.W);
        Check(kernels, kernel with { N = rows * columns }, nameof(kernels));
        Check(rowWeights, Shape.Matrix(rows, workspace.Shape.H), nameof(rowWeights));
        Check(columnWeights, Shape.Matrix(columns, workspace.Shape.W), nameof(columnWeights));
        Kernels = kernels;
        RowWeights = rowWeights;
        ColumnWeights = columnWeights;
        Workspace = workspace;
        KernelShape = kernel;
        EachKernel = [.. Enumerable.Range(0, rows * columns).Select(i => kernels.Slice(i * kernel.Count, kernel))];
        EachRow = Lines(rowWeights);
        EachColumn = Lines(columnWeights);
    }

    /// <summary>The kernels, (rows·columns, 1, kh, kw).</summary>
    public Tensor Kernels { get; }

    /// <summary>The weights of the anchor rows, (1, 1, rows, h).</summary>
    public Tensor RowWeights { get; }

    /// <summary>The weights of the anchor columns, (1, 1, columns, w).</summary>
    public Tensor ColumnWeights { get; }

    /// <summary>A tensor of the measurement's shape that the ops may overwrite.</summary>
    public Tensor Workspace { get; }

    /// <summary>The shape of one kernel, (1, 1, kh, kw).</summary>
    public Shape KernelShape { get; }

    /// <summary>The number of anchor rows.</summary>
    public int Rows => EachRow.Length;

    /// <summary>The number of anchor columns.</summary>
    public int Columns => EachColumn.Length;

    /// <summary>Views of the kernels, made once so that the ops allocate nothing.</summary>
    internal Tensor[] EachKernel { get; }

    /// <summary>Views of the weights of each anchor row.</summary>
    internal Tensor[] EachRow { get; }

    /// <summary>Views of the weights of each anchor column.</summary>
    internal Tensor[] EachColumn { get; }

    private static Tensor[] Lines(Tensor weights)
    {
        Shape line = Shape.Vector(weights.Shape.W);
        return [.. Enumerable.Range(0, weights.Shape.H).Select(i => weights.Slice(i * line.Count, line))];
    }

    private static void Check(Tensor tensor, Shape expected, string role)
    {
        if (tensor.Shape != expected)
        {
            throw new ShapeException($"{nameof(VaryingKernels)}: {role} must be {expected}, got {tensor.Shape}");
        }
    }
}
