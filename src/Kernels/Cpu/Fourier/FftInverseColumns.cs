namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The inverse of <see cref="FftColumns{S, V}"/>. Uses the Hermitian parts of columns 0 and Width/2, divides by H·W
/// while loading, and leaves the rows in the order of the plan's places.
/// </summary>
internal unsafe struct FftInverseColumns<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public FftGrid Grid;
    public Fft* Plan;
    public float* Blocks;
    public float* Spectrum;
    public float* Work;
    public long WorkLength;

    public readonly void Execute(int index, int worker)
    {
        int lanes = S.Width;
        (int plane, int block) = Math.DivRem(index, Grid.Blocks);
        float* x = Blocks + plane * Grid.PlaneSize + block * Grid.BlockSize;
        float* spectrum = Spectrum + (nint)plane * Grid.Height * Grid.SpectrumWidth;
        float scale = (float)(1 / ((double)Grid.Height * Grid.Width));
        Load(spectrum + 2 * block * lanes, Math.Min(lanes, Grid.Columns - block * lanes), scale, x);
        if (block == 0 && Grid.IsPacked)
        {
            Pack(spectrum, scale, x);
        }

        FftKernel<S, V>.Transform(Plan, x, Work + worker * WorkLength);
    }

    private readonly void Load(float* row, int count, float scale, float* x)
    {
        int lanes = S.Width;
        V factor = S.Broadcast(scale);
        float* part = stackalloc float[2 * lanes];
        new Span<float>(part, 2 * lanes).Clear();
        for (int k = 0; k < Grid.Height; k++, row += Grid.SpectrumWidth, x += 2 * lanes)
        {
            if (count < lanes)
            {
                new ReadOnlySpan<float>(row, 2 * count).CopyTo(new Span<float>(part, 2 * count));
            }

            S.Deinterleave2(count == lanes ? row : part, out V re, out V im);
            S.Store(x, S.Multiply(factor, im));
            S.Store(x + lanes, S.Multiply(factor, re));
        }
    }

    /// <summary>P = C + iM, where C and M are the Hermitian parts of columns 0 and Width/2.</summary>
    private readonly void Pack(float* spectrum, float scale, float* x)
    {
        int lanes = S.Width;
        float half = 0.5f * scale;
        for (int k = 0; k < Grid.Height; k++, x += 2 * lanes)
        {
            float* plus = spectrum + (nint)Grid.SpectrumWidth * k;
            float* minus = spectrum + (nint)Grid.SpectrumWidth * (k == 0 ? 0 : Grid.Height - k);
            x[lanes] = half * (plus[0] + minus[0] - (plus[Grid.Width + 1] - minus[Grid.Width + 1]));
            x[0] = half * (plus[1] - minus[1] + (plus[Grid.Width] + minus[Grid.Width]));
        }
    }
}
