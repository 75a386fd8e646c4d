using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The kernels of a varying blur as its loops read them. In one measured row, those of an anchor column combine into
/// one kernel, Σ_i rowWeight[i, row]·kernel[i, j]; with windows that interpolate, two of them are not zero. So a pixel
/// costs one blur for each anchor column whose window covers it.
/// </summary>
internal readonly unsafe struct AnchorKernels(
    float* kernels, float* rowWeights, float* columnWeights, int anchorRows, int columns, Shape measured,
    Shape kernelShape, float scale)
{
    public int Columns => columns;

    public int Height => kernelShape.H;

    public int Width => kernelShape.W;

    /// <summary>The weights of an anchor column.</summary>
    public float* Column(int column) => columnWeights + (long)column * measured.W;

    /// <summary>
    /// The measured columns [first, end) from the first to the last nonzero weight of an anchor column.
    /// </summary>
    public (int First, int End) Range(int column)
    {
        var weights = new ReadOnlySpan<float>(Column(column), measured.W);
        int first = weights.IndexOfAnyExcept(0f);
        return first < 0 ? (0, 0) : (first, weights.LastIndexOfAnyExcept(0f) + 1);
    }

    /// <summary>
    /// target[l] += scale·(entry first + l·step of a row of the combined kernel), for l in [0, count).
    /// </summary>
    /// <param name="measuredRow">The measured row that the kernel belongs to.</param>
    /// <param name="column">The anchor column.</param>
    /// <param name="kernelRow">The row of the kernel.</param>
    /// <param name="first">The kernel column of the first entry.</param>
    /// <param name="step">The distance between entries.</param>
    /// <param name="count">The number of entries.</param>
    /// <param name="target">Receives the entries.</param>
    public void AddEntries(
        int measuredRow, int column, int kernelRow, int first, int step, int count, float* target)
    {
        for (int i = 0; i < anchorRows; i++)
        {
            float weight = scale * rowWeights[(long)i * measured.H + measuredRow];
            if (weight == 0)
            {
                continue;
            }

            float* entries =
                kernels + ((long)i * columns + column) * kernelShape.PlaneSize + kernelRow * kernelShape.W + first;
            for (int l = 0; l < count; l++)
            {
                target[l] += weight * entries[l * step];
            }
        }
    }
}
