namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Products of contiguous interleaved complex numbers; real and imaginary parts are separated in registers.
/// </summary>
internal static unsafe class SpectrumRuns<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>result = c − a·b. The result may be any operand.</summary>
    public static void SubtractProduct(float* c, float* a, float* b, float* result, int count)
    {
        int i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            S.Deinterleave2(a + 2 * i, out V aRe, out V aIm);
            S.Deinterleave2(b + 2 * i, out V bRe, out V bIm);
            S.Deinterleave2(c + 2 * i, out V cRe, out V cIm);
            V re = S.MultiplyAdd(aIm, bIm, S.NegatedMultiplyAdd(aRe, bRe, cRe));
            V im = S.NegatedMultiplyAdd(aIm, bRe, S.NegatedMultiplyAdd(aRe, bIm, cIm));
            S.Interleave2(result + 2 * i, re, im);
        }

        for (; i < count; i++)
        {
            float re = c[2 * i] - (a[2 * i] * b[2 * i] - a[2 * i + 1] * b[2 * i + 1]);
            float im = c[2 * i + 1] - (a[2 * i] * b[2 * i + 1] + a[2 * i + 1] * b[2 * i]);
            result[2 * i] = re;
            result[2 * i + 1] = im;
        }
    }

    /// <summary>sum += a·b.</summary>
    public static void AddProduct(float* a, float* b, float* sum, int count)
    {
        int i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            S.Deinterleave2(a + 2 * i, out V aRe, out V aIm);
            S.Deinterleave2(b + 2 * i, out V bRe, out V bIm);
            S.Deinterleave2(sum + 2 * i, out V re, out V im);
            re = S.NegatedMultiplyAdd(aIm, bIm, S.MultiplyAdd(aRe, bRe, re));
            im = S.MultiplyAdd(aIm, bRe, S.MultiplyAdd(aRe, bIm, im));
            S.Interleave2(sum + 2 * i, re, im);
        }

        for (; i < count; i++)
        {
            sum[2 * i] += a[2 * i] * b[2 * i] - a[2 * i + 1] * b[2 * i + 1];
            sum[2 * i + 1] += a[2 * i] * b[2 * i + 1] + a[2 * i + 1] * b[2 * i];
        }
    }

    /// <summary>result = c + conj(a)·b. The result may be c.</summary>
    public static void AddConjugateProduct(float* c, float* a, float* b, float* result, int count)
    {
        int i = 0;
        for (; i <= count - S.Width; i += S.Width)
        {
            S.Deinterleave2(a + 2 * i, out V aRe, out V aIm);
            S.Deinterleave2(b + 2 * i, out V bRe, out V bIm);
            S.Deinterleave2(c + 2 * i, out V cRe, out V cIm);
            V re = S.MultiplyAdd(aIm, bIm, S.MultiplyAdd(aRe, bRe, cRe));
            V im = S.NegatedMultiplyAdd(aIm, bRe, S.MultiplyAdd(aRe, bIm, cIm));
            S.Interleave2(result + 2 * i, re, im);
        }

        for (; i < count; i++)
        {
            float re = c[2 * i] + (a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1]);
            float im = c[2 * i + 1] + (a[2 * i] * b[2 * i + 1] - a[2 * i + 1] * b[2 * i]);
            result[2 * i] = re;
            result[2 * i + 1] = im;
        }
    }
}
