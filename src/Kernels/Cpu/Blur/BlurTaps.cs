namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// A small kernel as a list of its nonzero weights, each with the offset of the source element that it multiplies.
/// With four rows per tap, one load of the source is used for four output rows; the weights of rows that do not read
/// that source row are 0.
/// </summary>
internal unsafe struct BlurTaps
{
    public int* Offsets;
    public float* Weights;
    public int Count;
    public int Rows;

    /// <summary>
    /// The floats of scratch that a list with the given numbers of source elements and rows may need.
    /// </summary>
    public static long ScratchLength(int places, int rows) => (long)places * (rows + 1);

    /// <summary>
    /// Lists the taps of a correlation: output row r takes weight[k, l] · source[(r·rowStep + k)·pitch + column(l)].
    /// </summary>
    /// <param name="scratch">Where the list is written.</param>
    /// <param name="weights">The kernel, height × width, already flipped as the correlation needs it.</param>
    /// <param name="height">Rows of the kernel.</param>
    /// <param name="width">Columns of the kernel.</param>
    /// <param name="rows">Output rows that one tap is used for: 1, or 4 where rowStep is 1.</param>
    /// <param name="pitch">Elements between source rows.</param>
    /// <param name="stride">The number of phases that the columns are split into.</param>
    /// <param name="phasePitch">Elements between phases of a source row.</param>
    public static BlurTaps Build(
        float* scratch, float* weights, int height, int width, int rows, int pitch, int stride, int phasePitch)
    {
        int places = (height + rows - 1) * width;
        BlurTaps taps = new() { Offsets = (int*)scratch, Weights = scratch + places, Rows = rows };
        for (int k = 0; k < height + rows - 1; k++)
        {
            for (int l = 0; l < width; l++)
            {
                float* target = taps.Weights + (long)taps.Count * rows;
                bool used = false;
                for (int r = 0; r < rows; r++)
                {
                    int row = k - r;
                    target[r] = row >= 0 && row < height ? weights[row * width + l] : 0;
                    used |= target[r] != 0;
                }

                if (used)
                {
                    taps.Offsets[taps.Count++] = k * pitch + l % stride * phasePitch + l / stride;
                }
            }
        }

        return taps;
    }

    /// <summary>
    /// Keeps only the taps with a nonzero weight among the first <paramref name="places"/> entries, for one row per
    /// tap.
    /// </summary>
    public void DropZeros(int places)
    {
        Count = 0;
        for (int place = 0; place < places; place++)
        {
            if (Weights[place] != 0)
            {
                Offsets[Count] = Offsets[place];
                Weights[Count++] = Weights[place];
            }
        }
    }
}
