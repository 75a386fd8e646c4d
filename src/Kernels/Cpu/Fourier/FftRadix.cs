using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The butterflies. A pass of radix r processes blocks of r·span elements: for each j it transforms elements j, j +
/// span, … and multiplies output m by exp(−2πi·m·j / (r·span)). For j = 0, and so in the whole last pass, no product is
/// needed. Odd radices use the sums and differences of opposite inputs: cosines multiply the sums, sines the
/// differences.
/// </summary>
internal static unsafe partial class FftKernel<S, V>
{
    private static void Pass2(float* x, int blocks, int span, float* twiddles)
    {
        nint step = (nint)span * Element;
        for (int block = 0; block < blocks; block++, x += 2 * step)
        {
            Radix2(x, step, twiddles, twist: false);
            float* end = x + step;
            float* twiddle = twiddles + 2;
            for (float* at = x + Element; at < end; at += Element, twiddle += 2)
            {
                Radix2(at, step, twiddle, twist: true);
            }
        }
    }

    private static void Pass3(float* x, int blocks, int span, float* twiddles)
    {
        nint step = (nint)span * Element;
        for (int block = 0; block < blocks; block++, x += 3 * step)
        {
            Radix3(x, step, twiddles, twist: false);
            float* end = x + step;
            float* twiddle = twiddles + 4;
            for (float* at = x + Element; at < end; at += Element, twiddle += 4)
            {
                Radix3(at, step, twiddle, twist: true);
            }
        }
    }

    private static void Pass4(float* x, int blocks, int span, float* twiddles)
    {
        nint step = (nint)span * Element;
        for (int block = 0; block < blocks; block++, x += 4 * step)
        {
            Radix4(x, step, twiddles, twist: false);
            float* end = x + step;
            float* twiddle = twiddles + 6;
            for (float* at = x + Element; at < end; at += Element, twiddle += 6)
            {
                Radix4(at, step, twiddle, twist: true);
            }
        }
    }

    private static void Pass5(float* x, int blocks, int span, float* twiddles)
    {
        nint step = (nint)span * Element;
        for (int block = 0; block < blocks; block++, x += 5 * step)
        {
            Radix5(x, step, twiddles, twist: false);
            float* end = x + step;
            float* twiddle = twiddles + 8;
            for (float* at = x + Element; at < end; at += Element, twiddle += 8)
            {
                Radix5(at, step, twiddle, twist: true);
            }
        }
    }

    private static void Pass7(float* x, int blocks, int span, float* twiddles)
    {
        nint step = (nint)span * Element;
        for (int block = 0; block < blocks; block++, x += 7 * step)
        {
            Radix7(x, step, twiddles, twist: false);
            float* end = x + step;
            float* twiddle = twiddles + 12;
            for (float* at = x + Element; at < end; at += Element, twiddle += 12)
            {
                Radix7(at, step, twiddle, twist: true);
            }
        }
    }

    private static void Pass8(float* x, int blocks, int span, float* twiddles)
    {
        nint step = (nint)span * Element;
        for (int block = 0; block < blocks; block++, x += 8 * step)
        {
            Radix8(x, step, twiddles, twist: false);
            float* end = x + step;
            float* twiddle = twiddles + 14;
            for (float* at = x + Element; at < end; at += Element, twiddle += 14)
            {
                Radix8(at, step, twiddle, twist: true);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix2(float* x, nint step, float* twiddle, bool twist)
    {
        Lanes a = Load(x);
        Lanes b = Load(x + step);
        Store(x, a + b);
        Store(x + step, a - b, twiddle, twist);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix3(float* x, nint step, float* twiddle, bool twist)
    {
        Lanes a = Load(x);
        Lanes b = Load(x + step);
        Lanes c = Load(x + 2 * step);
        Lanes sum = b + c;
        Lanes difference = (b - c).Times(S.Broadcast(0.8660254037844386f));
        Lanes middle = a.Plus(S.Broadcast(-0.5f), sum);
        Store(x, a + sum);
        Store(x + step, middle.MinusI(difference), twiddle, twist);
        Store(x + 2 * step, middle.PlusI(difference), twiddle + 2, twist);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix4(float* x, nint step, float* twiddle, bool twist)
    {
        Lanes a = Load(x);
        Lanes b = Load(x + step);
        Lanes c = Load(x + 2 * step);
        Lanes d = Load(x + 3 * step);
        Lanes even = a + c;
        Lanes evenDifference = a - c;
        Lanes odd = b + d;
        Lanes oddDifference = b - d;
        Store(x, even + odd);
        Store(x + step, evenDifference.MinusI(oddDifference), twiddle, twist);
        Store(x + 2 * step, even - odd, twiddle + 2, twist);
        Store(x + 3 * step, evenDifference.PlusI(oddDifference), twiddle + 4, twist);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix5(float* x, nint step, float* twiddle, bool twist)
    {
        Lanes first = Load(x);
        Lanes low1 = Load(x + step);
        Lanes high1 = Load(x + 4 * step);
        Lanes sum1 = low1 + high1;
        Lanes difference1 = low1 - high1;
        Lanes low2 = Load(x + 2 * step);
        Lanes high2 = Load(x + 3 * step);
        Lanes sum2 = low2 + high2;
        Lanes difference2 = low2 - high2;
        V cos1 = S.Broadcast(0.30901699437494745f);
        V sin1 = S.Broadcast(0.9510565162951535f);
        V cos2 = S.Broadcast(-0.8090169943749473f);
        V sin2 = S.Broadcast(0.5877852522924732f);
        Store(x, first + (sum1 + sum2));
        Lanes even1 = first.Plus(cos1, sum1).Plus(cos2, sum2);
        Lanes odd1 = difference1.Times(sin1).Plus(sin2, difference2);
        Store(x + step, even1.MinusI(odd1), twiddle, twist);
        Store(x + 4 * step, even1.PlusI(odd1), twiddle + 6, twist);
        Lanes even2 = first.Plus(cos2, sum1).Plus(cos1, sum2);
        Lanes odd2 = difference1.Times(sin2).Minus(sin1, difference2);
        Store(x + 2 * step, even2.MinusI(odd2), twiddle + 2, twist);
        Store(x + 3 * step, even2.PlusI(odd2), twiddle + 4, twist);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix7(float* x, nint step, float* twiddle, bool twist)
    {
        Lanes first = Load(x);
        Lanes low1 = Load(x + step);
        Lanes high1 = Load(x + 6 * step);
        Lanes sum1 = low1 + high1;
        Lanes difference1 = low1 - high1;
        Lanes low2 = Load(x + 2 * step);
        Lanes high2 = Load(x + 5 * step);
        Lanes sum2 = low2 + high2;
        Lanes difference2 = low2 - high2;
        Lanes low3 = Load(x + 3 * step);
        Lanes high3 = Load(x + 4 * step);
        Lanes sum3 = low3 + high3;
        Lanes difference3 = low3 - high3;
        V cos1 = S.Broadcast(0.6234898018587336f);
        V sin1 = S.Broadcast(0.7818314824680298f);
        V cos2 = S.Broadcast(-0.22252093395631434f);
        V sin2 = S.Broadcast(0.9749279121818236f);
        V cos3 = S.Broadcast(-0.900968867902419f);
        V sin3 = S.Broadcast(0.43388373911755823f);
        Store(x, first + (sum1 + sum2 + sum3));
        Lanes even1 = first.Plus(cos1, sum1).Plus(cos2, sum2).Plus(cos3, sum3);
        Lanes odd1 = difference1.Times(sin1).Plus(sin2, difference2).Plus(sin3, difference3);
        Store(x + step, even1.MinusI(odd1), twiddle, twist);
        Store(x + 6 * step, even1.PlusI(odd1), twiddle + 10, twist);
        Lanes even2 = first.Plus(cos2, sum1).Plus(cos3, sum2).Plus(cos1, sum3);
        Lanes odd2 = difference1.Times(sin2).Minus(sin3, difference2).Minus(sin1, difference3);
        Store(x + 2 * step, even2.MinusI(odd2), twiddle + 2, twist);
        Store(x + 5 * step, even2.PlusI(odd2), twiddle + 8, twist);
        Lanes even3 = first.Plus(cos3, sum1).Plus(cos1, sum2).Plus(cos2, sum3);
        Lanes odd3 = difference1.Times(sin3).Minus(sin1, difference2).Plus(sin2, difference3);
        Store(x + 3 * step, even3.MinusI(odd3), twiddle + 4, twist);
        Store(x + 4 * step, even3.PlusI(odd3), twiddle + 6, twist);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix8(float* x, nint step, float* twiddle, bool twist)
    {
        Lanes a0 = Load(x);
        Lanes a4 = Load(x + 4 * step);
        Lanes a2 = Load(x + 2 * step);
        Lanes a6 = Load(x + 6 * step);
        Lanes b0 = a0 + a4;
        Lanes b1 = a0 - a4;
        Lanes b2 = a2 + a6;
        Lanes b3 = a2 - a6;
        Lanes even0 = b0 + b2;
        Lanes even1 = b1.MinusI(b3);
        Lanes even2 = b0 - b2;
        Lanes even3 = b1.PlusI(b3);
        Lanes a1 = Load(x + step);
        Lanes a5 = Load(x + 5 * step);
        Lanes a3 = Load(x + 3 * step);
        Lanes a7 = Load(x + 7 * step);
        Lanes c0 = a1 + a5;
        Lanes c1 = a1 - a5;
        Lanes c2 = a3 + a7;
        Lanes c3 = a3 - a7;
        Lanes odd0 = c0 + c2;
        Lanes odd2 = c0 - c2;

        // Outputs 1 and 3 of the odd half are multiplied by √½·(1 − i) and −√½·(1 + i).
        V half = S.Broadcast(0.7071067811865476f);
        Lanes plain1 = c1.MinusI(c3);
        Lanes plain3 = c1.PlusI(c3);
        Lanes odd1 = plain1.MinusI(plain1).Times(half);
        Lanes odd3 = plain3.PlusI(plain3).Times(half);
        Store(x, even0 + odd0);
        Store(x + 4 * step, even0 - odd0, twiddle + 6, twist);
        Store(x + step, even1 + odd1, twiddle, twist);
        Store(x + 5 * step, even1 - odd1, twiddle + 8, twist);
        Store(x + 2 * step, even2.MinusI(odd2), twiddle + 2, twist);
        Store(x + 6 * step, even2.PlusI(odd2), twiddle + 10, twist);
        Store(x + 3 * step, even3 - odd3, twiddle + 4, twist);
        Store(x + 7 * step, even3 + odd3, twiddle + 12, twist);
    }
}
