using ILGPU;
using ILGPU.Runtime;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>
/// Transforms of any size by mixed-radix Stockham passes: a pass of radix r combines transforms of length l to
/// transforms of length l·r, with one thread per result. The twiddle factors come from a table that is computed in
/// double once per length. Rows are transformed as complex numbers, columns on the half spectrum. A large prime factor
/// p costs O(p²).
/// </remarks>
public sealed partial class IlgpuDevice
{
    private readonly Dictionary<int, (MemoryBuffer1D<float, Stride1D.Dense> Twiddles, int[] Factors)> _lengths = [];
    private readonly MemoryBuffer1D<float, Stride1D.Dense>?[] _complex = new MemoryBuffer1D<float, Stride1D.Dense>?[2];

    /// <inheritdoc/>
    protected override void RealFft2Core(Tensor x, Tensor spectrum)
    {
        Shape shape = x.Shape;
        int columns = shape.W / 2 + 1;
        long values = 2L * shape.Planes * shape.H * shape.W;
        ArrayView<float> from = Complex(0, values);
        ArrayView<float> to = Complex(1, values);
        Launch(FourierKernels.ToComplex, Elements(x.Count), new ComplexArguments(View(x), from));
        Transform(
            ref from, ref to, shape.W, shape.Planes * shape.H, elementStride: 1, linesInRow: 1, shape.W, inverse: 0);
        Launch(FourierKernels.KeepHalf, Elements(spectrum.Count / 2), new HalfArguments(
            from, to, shape.W, columns, shape.Planes * shape.H));
        (from, to) = (to, from);
        Transform(
            ref from, ref to, shape.H, shape.Planes * columns, columns, linesInRow: columns, shape.H * columns,
            inverse: 0);
        Launch(FourierKernels.Store, Elements(spectrum.Count), new StoreArguments(from, View(spectrum), 1));
    }

    /// <inheritdoc/>
    protected override void InverseRealFft2Core(Tensor spectrum, Tensor x)
    {
        Shape shape = x.Shape;
        int columns = shape.W / 2 + 1;
        long values = 2L * shape.Planes * shape.H * shape.W;
        ArrayView<float> from = Complex(0, Math.Max(values, spectrum.Count));
        ArrayView<float> to = Complex(1, Math.Max(values, spectrum.Count));
        Launch(FourierKernels.Store, Elements(spectrum.Count), new StoreArguments(View(spectrum), from, 1));
        Transform(
            ref from, ref to, shape.H, shape.Planes * columns, columns, linesInRow: columns, shape.H * columns,
            inverse: 1);
        Launch(FourierKernels.Complete, Elements(x.Count), new HalfArguments(
            from, to, shape.W, columns, shape.Planes * shape.H));
        (from, to) = (to, from);
        Transform(
            ref from, ref to, shape.W, shape.Planes * shape.H, elementStride: 1, linesInRow: 1, shape.W, inverse: 1);
        Launch(FourierKernels.ToReal, Elements(x.Count), new StoreArguments(from, View(x), 1f / shape.PlaneSize));
    }

    /// <inheritdoc/>
    protected override void ScaleSpectrumCore(Tensor spectrum, Tensor gain, Tensor result) =>
        Launch(FourierKernels.Scale, Elements(spectrum.Count / 2), new GainArguments(
            View(spectrum), View(gain), View(result)));

    /// <inheritdoc/>
    protected override void SpectrumResidualCore(
        Tensor qSpectrum, Tensor ySpectrum, Tensor transfer, Shape imageShape, int stride, Tensor eSpectrum) =>
        Launch(FourierKernels.Residual, Elements(eSpectrum.Count / 2), new AliasArguments(
            View(qSpectrum), View(ySpectrum), View(transfer), View(eSpectrum), imageShape.H, imageShape.W, stride));

    /// <inheritdoc/>
    protected override void SpectrumCorrectionCore(
        Tensor qSpectrum, Tensor wSpectrum, Tensor transfer, Shape imageShape, int stride, Tensor zSpectrum) =>
        Launch(FourierKernels.Correction, Elements(zSpectrum.Count / 2), new AliasArguments(
            View(qSpectrum), View(wSpectrum), View(transfer), View(zSpectrum), imageShape.H, imageShape.W, stride));

    /// <summary>Transforms all lines, alternating between the two workspaces; the result is in <c>from</c>.</summary>
    private void Transform(
        ref ArrayView<float> from, ref ArrayView<float> to, int length, int lines, int elementStride, int linesInRow,
        int rowStride, int inverse)
    {
        (MemoryBuffer1D<float, Stride1D.Dense> twiddles, int[] factors) = Length(length);
        int done = 1;
        foreach (int radix in factors)
        {
            Launch(FourierKernels.Pass, Elements((long)lines * length), new PassArguments(
                from, to, twiddles.View, length, radix, done, lines, elementStride, linesInRow, rowStride, inverse));
            done *= radix;
            (from, to) = (to, from);
        }
    }

    private (MemoryBuffer1D<float, Stride1D.Dense> Twiddles, int[] Factors) Length(int length)
    {
        if (!_lengths.TryGetValue(length, out (MemoryBuffer1D<float, Stride1D.Dense> Twiddles, int[] Factors) known))
        {
            float[] table = new float[2 * length];
            for (int i = 0; i < length; i++)
            {
                (double sine, double cosine) = Math.SinCos(-2 * Math.PI * i / length);
                table[2 * i] = (float)cosine;
                table[2 * i + 1] = (float)sine;
            }

            known = (Guarded(() => Accelerator.Allocate1D(table)), Factors(length));
            _lengths[length] = known;
        }

        return known;
    }

    private static int[] Factors(int length)
    {
        var factors = new List<int>();
        foreach (int radix in new[] { 4, 2, 3, 5, 7 })
        {
            for (; length % radix == 0; length /= radix)
            {
                factors.Add(radix);
            }
        }

        for (int radix = 11; length > 1; radix += 2)
        {
            for (; length % radix == 0; length /= radix)
            {
                factors.Add(radix);
            }
        }

        return [.. factors];
    }

    /// <summary>A workspace that grows on demand.</summary>
    private ArrayView<float> Complex(int place, long values)
    {
        if (_complex[place] is not { } buffer || buffer.Length < values)
        {
            Synchronize();
            _complex[place]?.Dispose();
            buffer = Guarded(() => Accelerator.Allocate1D<float>(values));
            _complex[place] = buffer;
        }

        return buffer.View;
    }
}
