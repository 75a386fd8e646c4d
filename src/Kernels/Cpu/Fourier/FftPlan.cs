using System.Numerics;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// One pass of a transform: splits each block of Length elements into Radix blocks of Length / Radix.
/// </summary>
internal unsafe struct FftPass
{
    public int Radix;
    public int Length;

    /// <summary>For j in [0, Length / Radix), i in [1, Radix): cos and sin of −2π·i·j / Length.</summary>
    public float* Twiddles;
}

/// <summary>The part of a plan that kernels read: the passes and the order of the result.</summary>
internal unsafe struct Fft
{
    public int Length;
    public int PassCount;
    public FftPass* Passes;

    /// <summary>Frequency k is at element Places[k] after the last pass.</summary>
    public int* Places;

    /// <summary>The transform for the convolution of Bluestein's algorithm, or null.</summary>
    public Fft* Convolution;

    /// <summary>exp(−iπ j² / Length), Length complex numbers, or null.</summary>
    public float* Chirp;

    /// <summary>The transform of the conjugate chirp, divided by the length of the convolution, or null.</summary>
    public float* ChirpSpectrum;

    /// <summary>Elements of workspace that a transform needs.</summary>
    public readonly int WorkLength => Convolution == null ? 0 : 2 * Convolution->Length;
}

/// <summary>
/// The plan of a complex DFT of one length, for all vector widths. Lengths whose prime factors are 2, 3, 5 and 7 are
/// factored into passes of radix 8, 7, 5, 4, 3, 2 (decimation in frequency, in place, with a digit-reversed result).
/// Other lengths use Bluestein's algorithm (IEEE Trans. Audio 18(4):451, 1970), a convolution with chirps of a longer
/// smooth length. Tables are computed in double and kept in pinned arrays; their pointers are valid as long as the
/// plan.
/// </summary>
internal sealed unsafe class FftPlan
{
    private readonly List<Array> _pinned = [];
    private readonly FftPlan? _convolution;

    public FftPlan(int length)
    {
        Table = Pinned<Fft>(1);
        Table->Length = length;
        Table->Places = Pinned<int>(length);
        if (IsSmooth(length))
        {
            BuildPasses(Factors(length));
        }
        else
        {
            _convolution = new FftPlan(SmoothAtLeast(2 * length - 1));
            BuildChirp(_convolution.Table);
        }
    }

    /// <summary>The tables, valid while this plan is referenced.</summary>
    public Fft* Table { get; }

    private void BuildPasses(List<int> factors)
    {
        Table->PassCount = factors.Count;
        Table->Passes = Pinned<FftPass>(factors.Count);
        int length = Table->Length;
        for (int pass = 0; pass < factors.Count; pass++)
        {
            int radix = factors[pass];
            int span = length / radix;
            float* twiddles = Pinned<float>(2 * span * (radix - 1));
            Table->Passes[pass] = new FftPass { Radix = radix, Length = length, Twiddles = twiddles };
            for (int j = 0; j < span; j++)
            {
                for (int i = 1; i < radix; i++)
                {
                    StoreRoot(twiddles, (long)i * j, length);
                    twiddles += 2;
                }
            }

            length = span;
        }

        for (int frequency = 0; frequency < Table->Length; frequency++)
        {
            int rest = frequency;
            int span = Table->Length;
            int place = 0;
            foreach (int radix in factors)
            {
                span /= radix;
                place += rest % radix * span;
                rest /= radix;
            }

            Table->Places[frequency] = place;
        }
    }

    private void BuildChirp(Fft* convolution)
    {
        int length = Table->Length;
        var conjugate = new Complex[convolution->Length];
        Table->Convolution = convolution;
        Table->Chirp = Pinned<float>(2 * length);
        Table->ChirpSpectrum = Pinned<float>(2 * convolution->Length);
        for (int j = 0; j < length; j++)
        {
            // The square is reduced modulo the period 2·length in integers, so that the angle is accurate.
            long square = (long)j * j % (2L * length);
            Table->Places[j] = j;
            StoreRoot(Table->Chirp + 2 * j, square, 2L * length);
            conjugate[j] = Complex.FromPolarCoordinates(1, Math.PI * square / length);
            conjugate[(conjugate.Length - j) % conjugate.Length] = conjugate[j];
        }

        Complex[] spectrum = Transform(conjugate);
        for (int k = 0; k < spectrum.Length; k++)
        {
            Table->ChirpSpectrum[2 * k] = (float)(spectrum[k].Real / spectrum.Length);
            Table->ChirpSpectrum[2 * k + 1] = (float)(spectrum[k].Imaginary / spectrum.Length);
        }
    }

    /// <summary>exp(−2πi·numerator / denominator).</summary>
    private static void StoreRoot(float* destination, long numerator, long denominator)
    {
        (double sine, double cosine) = Math.SinCos(-2 * Math.PI * (numerator % denominator) / denominator);
        destination[0] = (float)cosine;
        destination[1] = (float)sine;
    }

    /// <summary>The DFT in double by recursion on the smallest factor; used only for tables.</summary>
    private static Complex[] Transform(Complex[] x)
    {
        int radix = 2;
        while (radix < x.Length && x.Length % radix != 0)
        {
            radix++;
        }

        if (x.Length == 1)
        {
            return x;
        }

        int span = x.Length / radix;
        var parts = new Complex[radix][];
        for (int i = 0; i < radix; i++)
        {
            var part = new Complex[span];
            for (int j = 0; j < span; j++)
            {
                part[j] = x[j * radix + i];
            }

            parts[i] = Transform(part);
        }

        var result = new Complex[x.Length];
        for (int k = 0; k < x.Length; k++)
        {
            for (int i = 0; i < radix; i++)
            {
                double turn = (long)i * k % x.Length / (double)x.Length;
                result[k] += parts[i][k % span] * Complex.FromPolarCoordinates(1, -2 * Math.PI * turn);
            }
        }

        return result;
    }

    /// <summary>The radices in the order of the passes, the largest first.</summary>
    private static List<int> Factors(int length)
    {
        int twos = BitOperations.TrailingZeroCount(length);
        int fours = (3 - twos % 3) % 3;
        var factors = new List<int>();
        if (twos == 1)
        {
            factors.Add(2);
        }
        else
        {
            factors.AddRange(Enumerable.Repeat(8, (twos - 2 * fours) / 3));
            factors.AddRange(Enumerable.Repeat(4, fours));
        }

        length >>= twos;
        foreach (int radix in new[] { 7, 5, 3 })
        {
            while (length % radix == 0)
            {
                factors.Add(radix);
                length /= radix;
            }
        }

        return [.. factors.OrderDescending()];
    }

    private static bool IsSmooth(int length)
    {
        foreach (int prime in new[] { 2, 3, 5, 7 })
        {
            while (length % prime == 0)
            {
                length /= prime;
            }
        }

        return length == 1;
    }

    /// <summary>The smallest smooth multiple of 8; even lengths have cheaper passes.</summary>
    private static int SmoothAtLeast(int length)
    {
        int candidate = (length + 7) / 8 * 8;
        while (!IsSmooth(candidate))
        {
            candidate += 8;
        }

        return candidate;
    }

    private T* Pinned<T>(int count)
        where T : unmanaged
    {
        T[] array = GC.AllocateArray<T>(Math.Max(count, 1), pinned: true);
        _pinned.Add(array);
        fixed (T* pointer = array)
        {
            return pointer;
        }
    }
}
