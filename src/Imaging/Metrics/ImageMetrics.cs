using InfAdmm.Engine;

namespace InfAdmm.Imaging.Metrics;

/// <summary>
/// Metrics of the difference between an image and the truth (docs/mathematics.md §8), for values in [0, 1], without
/// cropping the border, with all sums in double precision. Images have shape (N, C, H, W); the luma is computed from
/// red, green and blue, or is the grey channel.
/// </summary>
public static class ImageMetrics
{
    private delegate double PlaneMetric(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int height, int width);

    /// <summary>10 log₁₀(1 / mean squared error) over all channels, in dB; infinite for equal images.</summary>
    public static double Psnr(ReadOnlySpan<float> image, ReadOnlySpan<float> truth)
    {
        CheckCount(image, truth);
        return Decibels(SquaredDistance(image, truth) / truth.Length);
    }

    /// <summary>The PSNR of the luma of ITU-R BT.601 on its scale of 16 to 235 of 255.</summary>
    public static double PsnrLuma(ReadOnlySpan<float> image, ReadOnlySpan<float> truth, Shape shape)
    {
        CheckCount(image, truth, shape);
        double sum = 0;
        for (int n = 0; n < shape.N; n++)
        {
            int start = n * shape.C * shape.PlaneSize;
            for (int i = 0; i < shape.PlaneSize; i++)
            {
                double difference = Luma(image[start..], i, shape) - Luma(truth[start..], i, shape);
                sum += difference * difference;
            }
        }

        return Decibels(sum / ((long)shape.N * shape.PlaneSize));
    }

    /// <summary>‖image − truth‖² / ‖truth‖².</summary>
    public static double Nmse(ReadOnlySpan<float> image, ReadOnlySpan<float> truth)
    {
        CheckCount(image, truth);
        double scale = 0;
        foreach (float value in truth)
        {
            scale += (double)value * value;
        }

        return SquaredDistance(image, truth) / scale;
    }

    /// <summary>
    /// The structural similarity (Wang et al., IEEE TIP 13(4):600, 2004), mean over the channels; NaN for an image
    /// that is smaller than its window.
    /// </summary>
    public static double Ssim(ReadOnlySpan<float> image, ReadOnlySpan<float> truth, Shape shape) =>
        MeanOverPlanes(image, truth, shape, StructuralSimilarity.OfPlane);

    /// <summary>The least height and width, in pixels, of an image that has the five scales of <see cref="MultiScaleSsim"/>.</summary>
    public const int LeastSideOfScales = 176;

    /// <summary>
    /// The structural similarity over five scales (Wang, Simoncelli and Bovik, Asilomar 2003), mean over the channels; NaN for
    /// an image with a side below <see cref="LeastSideOfScales"/>.
    /// </summary>
    public static double MultiScaleSsim(ReadOnlySpan<float> image, ReadOnlySpan<float> truth, Shape shape) =>
        MeanOverPlanes(image, truth, shape, StructuralSimilarity.OverScales);

    /// <summary>
    /// The mean magnitude of the gradient, of differences of neighbouring pixels over all channels, divided by that of the
    /// truth: 1 for an image that is as sharp as the truth, below 1 for a smoother one; NaN for a truth without contrast.
    /// </summary>
    public static double Sharpness(ReadOnlySpan<float> image, ReadOnlySpan<float> truth, Shape shape)
    {
        CheckCount(image, truth, shape);
        double scale = GradientSum(truth, shape);
        return scale == 0 ? double.NaN : GradientSum(image, shape) / scale;
    }

    private static double MeanOverPlanes(
        ReadOnlySpan<float> image, ReadOnlySpan<float> truth, Shape shape, PlaneMetric metric)
    {
        CheckCount(image, truth, shape);
        double sum = 0;
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            int start = plane * shape.PlaneSize;
            sum += metric(
                image.Slice(start, shape.PlaneSize), truth.Slice(start, shape.PlaneSize), shape.H, shape.W);
        }

        return sum / shape.Planes;
    }

    private static double GradientSum(ReadOnlySpan<float> image, Shape shape)
    {
        double sum = 0;
        for (int plane = 0; plane < shape.Planes; plane++)
        {
            ReadOnlySpan<float> values = image.Slice(plane * shape.PlaneSize, shape.PlaneSize);
            for (int i = 0; i + 1 < shape.H; i++)
            {
                for (int j = 0; j + 1 < shape.W; j++)
                {
                    double down = values[(i + 1) * shape.W + j] - values[i * shape.W + j];
                    double right = values[i * shape.W + j + 1] - values[i * shape.W + j];
                    sum += Math.Sqrt(down * down + right * right);
                }
            }
        }

        return sum;
    }

    private static double Decibels(double meanSquaredError) => 10 * Math.Log10(1 / meanSquaredError);

    private static double SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = (double)a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }

    private static double Luma(ReadOnlySpan<float> image, int i, Shape shape)
    {
        int plane = shape.PlaneSize;
        return shape.C == 1
            ? (16 + 219.0 * image[i]) / 255
            : (16 + 65.481 * image[i] + 128.553 * image[plane + i] + 24.966 * image[2 * plane + i]) / 255;
    }

    private static void CheckCount(ReadOnlySpan<float> image, ReadOnlySpan<float> truth)
    {
        if (image.Length != truth.Length)
        {
            throw new ShapeException($"images of {image.Length} and {truth.Length} values cannot be compared");
        }
    }

    private static void CheckCount(ReadOnlySpan<float> image, ReadOnlySpan<float> truth, Shape shape)
    {
        CheckCount(image, truth);
        if (image.Length != shape.Count || shape.C is not (1 or 3))
        {
            throw new ShapeException($"{image.Length} values are not grey or colour images of {shape}");
        }
    }
}
