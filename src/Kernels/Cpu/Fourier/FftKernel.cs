using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Computes Width complex DFTs at once, one per lane. Element j of the data is a vector of real parts followed by a
/// vector of imaginary parts: no shuffles are needed, twiddles are broadcast, and elements can stay in digit-reversed
/// order, since every reader loads whole elements. A pass reads and writes the data once, in place: 4·Width floats per
/// element for 10.5·Width operations at radix 8. Blocks that fit the first-level cache go through all their passes
/// before the next block (depth first), so that only the first one or two passes of a long transform use the second
/// level. The inverse is the same transform with real and imaginary parts exchanged before and after.
/// </summary>
internal static unsafe partial class FftKernel<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>Bytes of a block that goes through all its passes at once: half the first-level cache.</summary>
    private const int BlockBytes = CacheSizes.FirstLevel / 2;

    /// <summary>Floats per element.</summary>
    public static int Element
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 2 * S.Width;
    }

    /// <summary>
    /// Transforms the plan->Length elements of x in place; the result is in the order of plan->Places. work has room
    /// for plan->WorkLength elements.
    /// </summary>
    public static void Transform(Fft* plan, float* x, float* work)
    {
        if (plan->Convolution == null)
        {
            Descend(plan, 0, x);
        }
        else
        {
            Convolve(plan, x, work);
        }
    }

    private static void Descend(Fft* plan, int first, float* x)
    {
        if (first == plan->PassCount)
        {
            return;
        }

        int length = plan->Passes[first].Length;
        if (length * Element * sizeof(float) <= BlockBytes)
        {
            for (int pass = first; pass < plan->PassCount; pass++)
            {
                Pass(plan->Passes + pass, x, length / plan->Passes[pass].Length);
            }

            return;
        }

        Pass(plan->Passes + first, x, 1);
        int radix = plan->Passes[first].Radix;
        for (int i = 0; i < radix; i++)
        {
            Descend(plan, first + 1, x + (nint)i * (length / radix) * Element);
        }
    }

    /// <summary>
    /// Bluestein's algorithm: by jk = (j² + k² − (k − j)²) / 2 the DFT is a convolution with a chirp, computed by DFTs
    /// of a smooth length.
    /// </summary>
    private static void Convolve(Fft* plan, float* x, float* work)
    {
        Fft* convolution = plan->Convolution;
        float* a = work;
        float* b = work + (nint)convolution->Length * Element;
        for (int j = 0; j < plan->Length; j++)
        {
            Store(a + j * Element, Load(x + j * Element) * Twiddle(plan->Chirp + 2 * j));
        }

        var zero = new Lanes(S.Zero, S.Zero);
        for (int j = plan->Length; j < convolution->Length; j++)
        {
            Store(a + j * Element, zero);
        }

        Descend(convolution, 0, a);
        for (int k = 0; k < convolution->Length; k++)
        {
            Lanes product = Load(a + convolution->Places[k] * Element) * Twiddle(plan->ChirpSpectrum + 2 * k);
            Store(b + k * Element, product.Exchanged);
        }

        Descend(convolution, 0, b);
        for (int j = 0; j < plan->Length; j++)
        {
            Lanes sum = Load(b + convolution->Places[j] * Element).Exchanged;
            Store(x + j * Element, sum * Twiddle(plan->Chirp + 2 * j));
        }
    }

    private static void Pass(FftPass* pass, float* x, int blocks)
    {
        int span = pass->Length / pass->Radix;
        switch (pass->Radix)
        {
            case 8:
                Pass8(x, blocks, span, pass->Twiddles);
                break;
            case 7:
                Pass7(x, blocks, span, pass->Twiddles);
                break;
            case 5:
                Pass5(x, blocks, span, pass->Twiddles);
                break;
            case 4:
                Pass4(x, blocks, span, pass->Twiddles);
                break;
            case 3:
                Pass3(x, blocks, span, pass->Twiddles);
                break;
            default:
                Pass2(x, blocks, span, pass->Twiddles);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes Load(float* element) => new(S.Load(element), S.Load(element + S.Width));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* element, Lanes value)
    {
        S.Store(element, value.Re);
        S.Store(element + S.Width, value.Im);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* element, Lanes value, float* twiddle, bool twist) =>
        Store(element, twist ? value * Twiddle(twiddle) : value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Lanes Twiddle(float* root) => new(S.Broadcast(root[0]), S.Broadcast(root[1]));

    /// <summary>One complex number per lane.</summary>
    private readonly struct Lanes
    {
        public readonly V Re;
        public readonly V Im;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes(V re, V im)
        {
            Re = re;
            Im = im;
        }

        /// <summary>Real and imaginary parts exchanged: i times the conjugate.</summary>
        public Lanes Exchanged
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => new(Im, Re);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes operator +(Lanes a, Lanes b) => new(S.Add(a.Re, b.Re), S.Add(a.Im, b.Im));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes operator -(Lanes a, Lanes b) => new(S.Subtract(a.Re, b.Re), S.Subtract(a.Im, b.Im));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Lanes operator *(Lanes a, Lanes b) => new(
            S.NegatedMultiplyAdd(a.Im, b.Im, S.Multiply(a.Re, b.Re)),
            S.MultiplyAdd(a.Im, b.Re, S.Multiply(a.Re, b.Im)));

        /// <summary>this + factor·a for a real factor.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes Plus(V factor, Lanes a) => new(S.MultiplyAdd(factor, a.Re, Re), S.MultiplyAdd(factor, a.Im, Im));

        /// <summary>this − factor·a for a real factor.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes Minus(V factor, Lanes a) =>
            new(S.NegatedMultiplyAdd(factor, a.Re, Re), S.NegatedMultiplyAdd(factor, a.Im, Im));

        /// <summary>this − i·a.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes MinusI(Lanes a) => new(S.Add(Re, a.Im), S.Subtract(Im, a.Re));

        /// <summary>this + i·a.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes PlusI(Lanes a) => new(S.Subtract(Re, a.Im), S.Add(Im, a.Re));

        /// <summary>factor·this for a real factor.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes Times(V factor) => new(S.Multiply(factor, Re), S.Multiply(factor, Im));
    }
}
