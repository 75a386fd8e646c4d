namespace InfAdmm.Kernels.Cpu;

/// <summary>result = gain·spectrum. Moves 5 floats per frequency for 2 products: bound by memory.</summary>
internal unsafe struct ScaleSpectrumJob<S, V> : IJob
    where S : struct, ISimd<V>
    where V : unmanaged
{
    public float* Spectrum;
    public float* Gain;
    public float* Result;

    /// <summary>Frequencies per plane.</summary>
    public int Frequencies;

    public readonly int Pieces => PieceSizes.Count(Frequencies);

    public readonly void Execute(int index, int worker)
    {
        (int plane, int piece) = Math.DivRem(index, Pieces);
        int first = piece * PieceSizes.Elements;
        int count = Math.Min(PieceSizes.Elements, Frequencies - first);
        nint offset = 2 * ((nint)plane * Frequencies + first);
        float* spectrum = Spectrum + offset;
        float* result = Result + offset;
        float* gain = Gain + first;
        int i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            V factor = S.Load(gain + i);
            S.Deinterleave2(spectrum + 2 * i, out V re, out V im);
            S.Interleave2(result + 2 * i, S.Multiply(factor, re), S.Multiply(factor, im));
        }

        for (; i < count; i++)
        {
            result[2 * i] = gain[i] * spectrum[2 * i];
            result[2 * i + 1] = gain[i] * spectrum[2 * i + 1];
        }
    }
}
