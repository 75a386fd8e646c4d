namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// A small kernel as a sum of separable ones, k[a, b] = Σ_r column_r[a]·row_r[b], found by cross approximation with
/// full pivoting: each step takes the largest remaining entry and subtracts its cross. A Gaussian has one term. The
/// decomposition stops when the remainder is 2e-7 of the largest entry, the rounding error of float32 input. It costs a
/// few operations per entry and term, so it is repeated at every call instead of being cached.
/// </summary>
internal unsafe struct KernelFactors
{
    private const float Tolerance = 2e-7f;

    /// <summary>The columns of the terms; that of term r is at r·height.</summary>
    public float* Columns;

    /// <summary>The rows of the terms; that of term r is at r·width.</summary>
    public float* Rows;

    public int Count;
    public int Height;
    public int Width;

    /// <summary>The floats of scratch for a decomposition into at most the given number of terms.</summary>
    public static long ScratchLength(int height, int width, int maxTerms) =>
        (long)height * width + maxTerms * (height + width);

    /// <summary>Decomposes a kernel; false if it needs more than <paramref name="maxTerms"/> terms.</summary>
    public static bool TryFactor(
        float* kernel, int height, int width, int maxTerms, float* scratch, out KernelFactors factors)
    {
        float* rest = scratch;
        factors = new KernelFactors { Height = height, Width = width, Columns = rest + height * width };
        factors.Rows = factors.Columns + (long)maxTerms * height;
        int size = height * width;
        float largest = 0;
        for (int i = 0; i < size; i++)
        {
            rest[i] = kernel[i];
            largest = MathF.Max(largest, MathF.Abs(kernel[i]));
        }

        while (true)
        {
            int pivot = 0;
            for (int i = 1; i < size; i++)
            {
                pivot = MathF.Abs(rest[i]) > MathF.Abs(rest[pivot]) ? i : pivot;
            }

            if (MathF.Abs(rest[pivot]) <= Tolerance * largest)
            {
                return true;
            }

            if (factors.Count == maxTerms)
            {
                return false;
            }

            factors.RemoveCross(rest, pivot);
        }
    }

    private void RemoveCross(float* rest, int pivot)
    {
        float* column = Columns + (long)Count * Height;
        float* row = Rows + (long)Count * Width;
        float scale = 1 / rest[pivot];
        for (int a = 0; a < Height; a++)
        {
            column[a] = rest[a * Width + pivot % Width];
        }

        for (int b = 0; b < Width; b++)
        {
            row[b] = scale * rest[pivot / Width * Width + b];
        }

        for (int a = 0; a < Height; a++)
        {
            for (int b = 0; b < Width; b++)
            {
                rest[a * Width + b] -= column[a] * row[b];
            }
        }

        Count++;
    }
}
