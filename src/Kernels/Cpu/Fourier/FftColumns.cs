namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The transform along the columns of a 2-D transform. A piece transforms one block of columns in place and writes it
/// interleaved to the half spectrum; column Width/2 is extracted from column 0 by Hermitian symmetry.
/// </summary>
internal unsafe struct FftColumns<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public FftGrid Grid;
    public Fft* Plan;
    public float* Blocks;
    public float* Spectrum;

    /// <summary>The workspace of the workers, as much as the plan needs for each.</summary>
    public float* Work;
    public long WorkLength;

    public readonly void Execute(int index, int worker)
    {
        int lanes = S.Width;
        (int plane, int block) = Math.DivRem(index, Grid.Blocks);
        float* x = Blocks + plane * Grid.PlaneSize + block * Grid.BlockSize;
        float* spectrum = Spectrum + (nint)plane * Grid.Height * Grid.SpectrumWidth;
        FftKernel<S, V>.Transform(Plan, x, Work + worker * WorkLength);
        int first = block * lanes;
        int count = Math.Min(lanes, Grid.Columns - first);
        float* row = spectrum + 2 * first;
        float* part = stackalloc float[2 * lanes];
        for (int k = 0; k < Grid.Height; k++, row += Grid.SpectrumWidth)
        {
            float* element = x + (nint)2 * lanes * Plan->Places[k];
            float* destination = count == lanes ? row : part;
            S.Interleave2(destination, S.Load(element), S.Load(element + lanes));
            if (count < lanes)
            {
                new ReadOnlySpan<float>(part, 2 * count).CopyTo(new Span<float>(row, 2 * count));
            }
        }

        if (block == 0 && Grid.IsPacked)
        {
            Unpack(x, spectrum);
        }
    }

    /// <summary>P = C + iM, both Hermitian: C(k) = (P(k) + P̄(H − k)) / 2, M(k) = (P(k) − P̄(H − k)) / 2i.</summary>
    private readonly void Unpack(float* x, float* spectrum)
    {
        int lanes = S.Width;
        for (int k = 0; k < Grid.Height; k++, spectrum += Grid.SpectrumWidth)
        {
            float* plus = x + (nint)2 * lanes * Plan->Places[k];
            float* minus = x + (nint)2 * lanes * Plan->Places[k == 0 ? 0 : Grid.Height - k];
            spectrum[0] = 0.5f * (plus[0] + minus[0]);
            spectrum[1] = 0.5f * (plus[lanes] - minus[lanes]);
            spectrum[Grid.Width] = 0.5f * (plus[lanes] + minus[lanes]);
            spectrum[Grid.Width + 1] = 0.5f * (minus[0] - plus[0]);
        }
    }
}
