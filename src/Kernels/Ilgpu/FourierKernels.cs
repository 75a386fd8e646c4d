using ILGPU;

namespace InfAdmm.Kernels.Ilgpu;

internal readonly record struct ComplexArguments(ArrayView<float> X, ArrayView<float> Result);

internal readonly record struct HalfArguments(
    ArrayView<float> Source, ArrayView<float> Result, int Width, int Columns, int Rows);

internal readonly record struct StoreArguments(ArrayView<float> Source, ArrayView<float> Result, float Scale);

internal readonly record struct PassArguments(
    ArrayView<float> Source, ArrayView<float> Result, ArrayView<float> Twiddles, int Length, int Radix, int Done,
    int Lines, int ElementStride, int LinesInRow, int RowStride, int Inverse);

internal readonly record struct GainArguments(
    ArrayView<float> Spectrum, ArrayView<float> Gain, ArrayView<float> Result);

internal readonly record struct AliasArguments(
    ArrayView<float> Image, ArrayView<float> Measured, ArrayView<float> Transfer, ArrayView<float> Result, int Height,
    int Width, int Stride);

/// <summary>
/// The passes of a transform, and products of half spectra (docs/mathematics.md §3). Complex numbers are interleaved.
/// </summary>
internal static class FourierKernels
{
    public static void ToComplex(ComplexArguments a)
    {
        ArrayView<float> result = a.Result;
        for (int i = Grid.GlobalIndex.X; i < a.X.IntLength; i += Grid.DimX * Group.DimX)
        {
            result[2 * i] = a.X[i];
            result[2 * i + 1] = 0;
        }
    }

    public static void ToReal(StoreArguments a)
    {
        ArrayView<float> result = a.Result;
        for (int i = Grid.GlobalIndex.X; i < result.IntLength; i += Grid.DimX * Group.DimX)
        {
            result[i] = a.Scale * a.Source[2 * i];
        }
    }

    /// <summary>Copies as many values as the smaller side holds.</summary>
    public static void Store(StoreArguments a)
    {
        ArrayView<float> result = a.Result;
        int count = result.IntLength < a.Source.IntLength ? result.IntLength : a.Source.IntLength;
        for (int i = Grid.GlobalIndex.X; i < count; i += Grid.DimX * Group.DimX)
        {
            result[i] = a.Scale * a.Source[i];
        }
    }

    /// <summary>Extracts columns 0 … W/2 of whole rows.</summary>
    public static void KeepHalf(HalfArguments a)
    {
        ArrayView<float> result = a.Result;
        for (int i = Grid.GlobalIndex.X; i < a.Rows * a.Columns; i += Grid.DimX * Group.DimX)
        {
            int source = i / a.Columns * a.Width + i % a.Columns;
            result[2 * i] = a.Source[2 * source];
            result[2 * i + 1] = a.Source[2 * source + 1];
        }
    }

    /// <summary>
    /// Completes rows from their columns 0 … W/2 after the inverse transform of the columns: each row is the transform
    /// of real values, so its other columns are the conjugate mirror images.
    /// </summary>
    public static void Complete(HalfArguments a)
    {
        ArrayView<float> result = a.Result;
        for (int i = Grid.GlobalIndex.X; i < a.Rows * a.Width; i += Grid.DimX * Group.DimX)
        {
            int column = i % a.Width;
            bool isMirrored = column >= a.Columns;
            int source = i / a.Width * a.Columns + (isMirrored ? a.Width - column : column);
            result[2 * i] = a.Source[2 * source];

            // The mean of a real row and, for an even width, its highest frequency are real: imaginary parts are
            // dropped.
            bool isReal = column == 0 || 2 * column == a.Width;
            float imaginary = a.Source[2 * source + 1];
            result[2 * i + 1] = isReal ? 0 : isMirrored ? -imaginary : imaginary;
        }
    }

    /// <summary>
    /// B[k + l·s + l·r·j] = Σ_t ω^{t(k + l·s)}·A[k + l·(j + m·t)], l = done, r the radix, m = n/(l·r), ω the (l·r)-th
    /// root of unity: transforms of length l·r of the numbers j, j + m, … from those of length l.
    /// </summary>
    public static void Pass(PassArguments a)
    {
        ArrayView<float> result = a.Result;
        int joined = a.Done * a.Radix;
        int remaining = a.Length / joined;
        for (int index = Grid.GlobalIndex.X; index < a.Lines * a.Length; index += Grid.DimX * Group.DimX)
        {
            // Adjacent threads take adjacent lines where these are contiguous, adjacent results otherwise.
            int inRow = index % a.LinesInRow;
            int rest = index / a.LinesInRow;
            int place = rest % a.Length;
            int start = rest / a.Length * a.RowStride + inRow;
            int frequency = place % joined;
            int k = frequency % a.Done;
            int j = place / joined;
            float real = 0;
            float imaginary = 0;
            int turn = 0;
            for (int t = 0; t < a.Radix; t++)
            {
                int source = 2 * (start + (k + a.Done * (j + remaining * t)) * a.ElementStride);
                float re = a.Source[source];
                float im = a.Source[source + 1];
                float cosine = a.Twiddles[2 * turn * remaining];
                float sine = a.Twiddles[2 * turn * remaining + 1];
                sine = a.Inverse != 0 ? -sine : sine;
                real += re * cosine - im * sine;
                imaginary += re * sine + im * cosine;
                turn += frequency;
                turn -= turn >= joined ? joined : 0;
            }

            int target = 2 * (start + place * a.ElementStride);
            result[target] = real;
            result[target + 1] = imaginary;
        }
    }

    public static void Scale(GainArguments a)
    {
        ArrayView<float> result = a.Result;
        for (int i = Grid.GlobalIndex.X; 2 * i < result.IntLength; i += Grid.DimX * Group.DimX)
        {
            float gain = a.Gain[i % a.Gain.IntLength];
            result[2 * i] = gain * a.Spectrum[2 * i];
            result[2 * i + 1] = gain * a.Spectrum[2 * i + 1];
        }
    }

    /// <summary>ê(k) = ŷ(k) − (1/s²) Σ ĥ(K)·q̂(K) over the frequencies K that alias to k.</summary>
    public static void Residual(AliasArguments a)
    {
        ArrayView<float> result = a.Result;
        int lowHeight = a.Height / a.Stride;
        int lowWidth = a.Width / a.Stride;
        int lowColumns = lowWidth / 2 + 1;
        int columns = a.Width / 2 + 1;
        float scale = 1f / (a.Stride * a.Stride);
        for (int i = Grid.GlobalIndex.X; 2 * i < result.IntLength; i += Grid.DimX * Group.DimX)
        {
            int kx = i % lowColumns;
            int ky = i / lowColumns % lowHeight;
            int plane = i / lowColumns / lowHeight * a.Height * columns;
            float real = 0;
            float imaginary = 0;
            for (int row = ky; row < a.Height; row += lowHeight)
            {
                for (int column = kx; column < a.Width; column += lowWidth)
                {
                    // A frequency beyond column W/2 is the conjugate of the opposite one.
                    bool isMirrored = column >= columns;
                    int storedRow = isMirrored ? (row == 0 ? 0 : a.Height - row) : row;
                    int at = storedRow * columns + (isMirrored ? a.Width - column : column);
                    float hr = a.Transfer[2 * at];
                    float hi = a.Transfer[2 * at + 1];
                    float qr = a.Image[2 * (plane + at)];
                    float qi = a.Image[2 * (plane + at) + 1];
                    float product = hr * qi + hi * qr;
                    real += hr * qr - hi * qi;
                    imaginary += isMirrored ? -product : product;
                }
            }

            result[2 * i] = a.Measured[2 * i] - scale * real;
            result[2 * i + 1] = a.Measured[2 * i + 1] - scale * imaginary;
        }
    }

    /// <summary>ẑ(K) = q̂(K) + conj(ĥ(K))·ŵ(K mod the low-resolution grid).</summary>
    public static void Correction(AliasArguments a)
    {
        ArrayView<float> result = a.Result;
        int lowHeight = a.Height / a.Stride;
        int lowWidth = a.Width / a.Stride;
        int lowColumns = lowWidth / 2 + 1;
        int columns = a.Width / 2 + 1;
        for (int i = Grid.GlobalIndex.X; 2 * i < result.IntLength; i += Grid.DimX * Group.DimX)
        {
            int row = i / columns % a.Height;
            int plane = i / columns / a.Height * lowHeight * lowColumns;
            int ky = row % lowHeight;
            int kx = i % columns % lowWidth;
            bool isMirrored = kx >= lowColumns;
            int storedRow = isMirrored ? (ky == 0 ? 0 : lowHeight - ky) : ky;
            int at = 2 * (plane + storedRow * lowColumns + (isMirrored ? lowWidth - kx : kx));
            float wr = a.Measured[at];
            float wi = isMirrored ? -a.Measured[at + 1] : a.Measured[at + 1];
            int frequency = i % (a.Height * columns);
            float hr = a.Transfer[2 * frequency];
            float hi = a.Transfer[2 * frequency + 1];
            result[2 * i] = a.Image[2 * i] + hr * wr + hi * wi;
            result[2 * i + 1] = a.Image[2 * i + 1] + hr * wi - hi * wr;
        }
    }
}
