namespace InfAdmm.Imaging.Metrics;

/// <summary>
/// SSIM of one plane in [0, 1]: local means, variances and covariance with an 11×11 Gaussian window of standard
/// deviation 1.5, at positions where the window is inside the image; K₁ = 0.01 and K₂ = 0.03. The window is separable,
/// so rows are filtered first.
/// </summary>
internal static class StructuralSimilarity
{
    private const int Window = 11;
    private const double Width = 1.5;
    private const double C1 = 0.01 * 0.01;
    private const double C2 = 0.03 * 0.03;

    private static readonly double[] Weights = Gaussian();

    // Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality assessment", Asilomar 2003, §3.2.
    private static readonly double[] ScaleWeights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

    /// <summary>The mean over all positions of the window; NaN if the image is smaller than the window.</summary>
    public static double OfPlane(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int height, int width) =>
        Means(a, b, height, width).Similarity;

    /// <summary>
    /// The product over five scales, each half as large as the one before, of the mean contrast and structure to the power
    /// of the scale's weight; at the last scale, luminance has a part too. Means below 0 count as 0. NaN if the last scale is
    /// smaller than the window.
    /// </summary>
    public static double OverScales(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int height, int width)
    {
        float[] first = a.ToArray();
        float[] second = b.ToArray();
        double product = 1;
        for (int scale = 0; scale < ScaleWeights.Length; scale++)
        {
            bool isLast = scale == ScaleWeights.Length - 1;
            (double similarity, double contrast) = Means(first, second, height, width);
            double mean = isLast ? similarity : contrast;
            product *= double.IsNaN(mean) ? double.NaN : Math.Pow(Math.Max(mean, 0), ScaleWeights[scale]);
            first = Halved(first, height, width);
            second = Halved(second, height, width);
            height /= 2;
            width /= 2;
        }

        return product;
    }

    /// <summary>Means of 2×2 pixels; an odd row or column at the end is left out.</summary>
    private static float[] Halved(float[] plane, int height, int width)
    {
        float[] halved = new float[height / 2 * (width / 2)];
        for (int i = 0; i < height / 2; i++)
        {
            for (int j = 0; j < width / 2; j++)
            {
                int at = 2 * i * width + 2 * j;
                halved[i * (width / 2) + j] = (plane[at] + plane[at + 1] + plane[at + width] + plane[at + width + 1]) / 4;
            }
        }

        return halved;
    }

    /// <summary>
    /// The means of the similarity and of its part without luminance; NaN if the image is smaller than the window.
    /// </summary>
    private static (double Similarity, double Contrast) Means(
        ReadOnlySpan<float> a, ReadOnlySpan<float> b, int height, int width)
    {
        int rows = height - Window + 1;
        int columns = width - Window + 1;
        if (rows < 1 || columns < 1)
        {
            return (double.NaN, double.NaN);
        }

        var filtered = new Moments[height * columns];
        for (int i = 0; i < height; i++)
        {
            FilterRow(a.Slice(i * width, width), b.Slice(i * width, width), filtered.AsSpan(i * columns, columns));
        }

        double similarity = 0;
        double contrast = 0;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                Moments moments = FilterColumn(filtered, i, j, columns);
                double structure = Contrast(moments);
                contrast += structure;
                similarity += Luminance(moments) * structure;
            }
        }

        double count = (double)rows * columns;
        return (similarity / count, contrast / count);
    }

    private static void FilterRow(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<Moments> filtered)
    {
        for (int j = 0; j < filtered.Length; j++)
        {
            var sum = default(Moments);
            for (int k = 0; k < Window; k++)
            {
                double u = a[j + k];
                double v = b[j + k];
                double weight = Weights[k];
                sum.A += weight * u;
                sum.B += weight * v;
                sum.AA += weight * u * u;
                sum.BB += weight * v * v;
                sum.AB += weight * u * v;
            }

            filtered[j] = sum;
        }
    }

    private static Moments FilterColumn(Moments[] filtered, int row, int column, int columns)
    {
        var sum = default(Moments);
        for (int k = 0; k < Window; k++)
        {
            ref readonly Moments moments = ref filtered[(row + k) * columns + column];
            double weight = Weights[k];
            sum.A += weight * moments.A;
            sum.B += weight * moments.B;
            sum.AA += weight * moments.AA;
            sum.BB += weight * moments.BB;
            sum.AB += weight * moments.AB;
        }

        return sum;
    }

    private static double Luminance(in Moments m) => (2 * m.A * m.B + C1) / (m.A * m.A + m.B * m.B + C1);

    private static double Contrast(in Moments m)
    {
        double varianceA = m.AA - m.A * m.A;
        double varianceB = m.BB - m.B * m.B;
        double covariance = m.AB - m.A * m.B;
        return (2 * covariance + C2) / (varianceA + varianceB + C2);
    }

    private static double[] Gaussian()
    {
        double[] profile =
        [
            .. Enumerable.Range(0, Window).Select(i => Math.Exp(-Math.Pow((i - Window / 2) / Width, 2) / 2)),
        ];
        double sum = profile.Sum();
        return Array.ConvertAll(profile, value => value / sum);
    }

    /// <summary>Weighted sums of a, b and their products.</summary>
    private struct Moments
    {
        public double A;
        public double B;
        public double AA;
        public double BB;
        public double AB;
    }
}
