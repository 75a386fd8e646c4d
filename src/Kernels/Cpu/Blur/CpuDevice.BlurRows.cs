namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The arithmetic of the blur and its adjoint: rows of correlations with a list of taps. Where the list allows it, four
/// rows are computed at a time: a tap then costs four loads and four broadcasts for sixteen multiply-adds (with 512-bit
/// vectors), so the loop is bound by the vector units and not by the loads.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    /// <summary>
    /// target[r, j] = addend[r, j] + Σ taps weight · source[r·sourcePitch + offset + j], for j in [0, width). The
    /// source may be read up to one vector past its end. addend has the target's pitch, or is null for zero.
    /// </summary>
    private static void BlurRows(
        float* source, int sourcePitch, BlurTaps single, BlurTaps quad, int rows,
        float* target, float* addend, int targetPitch, int width)
    {
        int r = 0;
        if (quad.Rows == 4)
        {
            for (; r <= rows - 4; r += 4)
            {
                float* added = addend == null ? null : addend + (long)r * targetPitch;
                float* destination = target + (long)r * targetPitch;
                FourRows(source + (long)r * sourcePitch, quad, destination, added, targetPitch, width);
            }
        }

        for (; r < rows; r++)
        {
            float* added = addend == null ? null : addend + (long)r * targetPitch;
            OneRow(source + (long)r * sourcePitch, single, target + (long)r * targetPitch, added, width);
        }
    }

    private static void FourRows(float* source, BlurTaps taps, float* target, float* addend, int pitch, int width)
    {
        int j = 0;
        if (S.Registers == 32)
        {
            for (; j <= width - 4 * S.Width; j += 4 * S.Width)
            {
                FourRowsByFour(source + j, taps, target + j, addend == null ? null : addend + j, pitch);
            }
        }

        for (; j < width; j += S.Width)
        {
            V a = S.Zero;
            V b = S.Zero;
            V c = S.Zero;
            V d = S.Zero;
            float* weights = taps.Weights;
            for (int t = 0; t < taps.Count; t++)
            {
                V x = S.Load(source + j + taps.Offsets[t]);
                a = S.MultiplyAdd(S.Broadcast(weights[0]), x, a);
                b = S.MultiplyAdd(S.Broadcast(weights[1]), x, b);
                c = S.MultiplyAdd(S.Broadcast(weights[2]), x, c);
                d = S.MultiplyAdd(S.Broadcast(weights[3]), x, d);
                weights += 4;
            }

            float* added = addend == null ? null : addend + j;
            StoreSum(target + j, a, added, width - j);
            StoreSum(target + j + pitch, b, added == null ? null : added + pitch, width - j);
            StoreSum(target + j + 2L * pitch, c, added == null ? null : added + 2L * pitch, width - j);
            StoreSum(target + j + 3L * pitch, d, added == null ? null : added + 3L * pitch, width - j);
        }
    }

    private static void FourRowsByFour(float* source, BlurTaps taps, float* target, float* addend, int pitch)
    {
        V a0 = S.Zero, a1 = S.Zero, a2 = S.Zero, a3 = S.Zero;
        V b0 = S.Zero, b1 = S.Zero, b2 = S.Zero, b3 = S.Zero;
        V c0 = S.Zero, c1 = S.Zero, c2 = S.Zero, c3 = S.Zero;
        V d0 = S.Zero, d1 = S.Zero, d2 = S.Zero, d3 = S.Zero;
        float* weights = taps.Weights;
        for (int t = 0; t < taps.Count; t++)
        {
            float* x = source + taps.Offsets[t];
            V x0 = S.Load(x);
            V x1 = S.Load(x + S.Width);
            V x2 = S.Load(x + 2 * S.Width);
            V x3 = S.Load(x + 3 * S.Width);
            V weight = S.Broadcast(weights[0]);
            a0 = S.MultiplyAdd(weight, x0, a0);
            a1 = S.MultiplyAdd(weight, x1, a1);
            a2 = S.MultiplyAdd(weight, x2, a2);
            a3 = S.MultiplyAdd(weight, x3, a3);
            weight = S.Broadcast(weights[1]);
            b0 = S.MultiplyAdd(weight, x0, b0);
            b1 = S.MultiplyAdd(weight, x1, b1);
            b2 = S.MultiplyAdd(weight, x2, b2);
            b3 = S.MultiplyAdd(weight, x3, b3);
            weight = S.Broadcast(weights[2]);
            c0 = S.MultiplyAdd(weight, x0, c0);
            c1 = S.MultiplyAdd(weight, x1, c1);
            c2 = S.MultiplyAdd(weight, x2, c2);
            c3 = S.MultiplyAdd(weight, x3, c3);
            weight = S.Broadcast(weights[3]);
            d0 = S.MultiplyAdd(weight, x0, d0);
            d1 = S.MultiplyAdd(weight, x1, d1);
            d2 = S.MultiplyAdd(weight, x2, d2);
            d3 = S.MultiplyAdd(weight, x3, d3);
            weights += 4;
        }

        StoreFour(target, addend, a0, a1, a2, a3);
        StoreFour(target + pitch, addend == null ? null : addend + pitch, b0, b1, b2, b3);
        StoreFour(target + 2L * pitch, addend == null ? null : addend + 2L * pitch, c0, c1, c2, c3);
        StoreFour(target + 3L * pitch, addend == null ? null : addend + 3L * pitch, d0, d1, d2, d3);
    }

    private static void OneRow(float* source, BlurTaps taps, float* target, float* addend, int width)
    {
        int j = 0;
        for (; j <= width - 4 * S.Width; j += 4 * S.Width)
        {
            V a = S.Zero;
            V b = S.Zero;
            V c = S.Zero;
            V d = S.Zero;
            for (int t = 0; t < taps.Count; t++)
            {
                V weight = S.Broadcast(taps.Weights[t]);
                float* x = source + j + taps.Offsets[t];
                a = S.MultiplyAdd(weight, S.Load(x), a);
                b = S.MultiplyAdd(weight, S.Load(x + S.Width), b);
                c = S.MultiplyAdd(weight, S.Load(x + 2 * S.Width), c);
                d = S.MultiplyAdd(weight, S.Load(x + 3 * S.Width), d);
            }

            StoreFour(target + j, addend == null ? null : addend + j, a, b, c, d);
        }

        for (; j < width; j += S.Width)
        {
            V sum = S.Zero;
            for (int t = 0; t < taps.Count; t++)
            {
                sum = S.MultiplyAdd(S.Broadcast(taps.Weights[t]), S.Load(source + j + taps.Offsets[t]), sum);
            }

            StoreSum(target + j, sum, addend == null ? null : addend + j, width - j);
        }
    }

    private static void StoreFour(float* target, float* addend, V a, V b, V c, V d)
    {
        if (addend != null)
        {
            a = S.Add(a, S.Load(addend));
            b = S.Add(b, S.Load(addend + S.Width));
            c = S.Add(c, S.Load(addend + 2 * S.Width));
            d = S.Add(d, S.Load(addend + 3 * S.Width));
        }

        S.Store(target, a);
        S.Store(target + S.Width, b);
        S.Store(target + 2 * S.Width, c);
        S.Store(target + 3 * S.Width, d);
    }

    /// <summary>Stores the first lanes of a sum, up to the end of the row.</summary>
    private static void StoreSum(float* target, V sum, float* addend, int remaining)
    {
        if (remaining >= S.Width)
        {
            S.Store(target, addend == null ? sum : S.Add(sum, S.Load(addend)));
            return;
        }

        float* lanes = stackalloc float[S.Width];
        S.Store(lanes, sum);
        for (int i = 0; i < remaining; i++)
        {
            target[i] = addend == null ? lanes[i] : lanes[i] + addend[i];
        }
    }
}
