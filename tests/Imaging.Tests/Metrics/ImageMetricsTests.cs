using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The metrics, compared with the reference values.</summary>
public sealed class ImageMetricsTests
{
    private static readonly Shape ReferenceShape = new(1, 3, 40, 56);

    /// <summary>The reference uses float64 images; these are rounded to float32.</summary>
    private const double Rounding = 2e-6;

    [Fact]
    public void Metrics_agree_with_the_reference()
    {
        float[] a = Load("metric_a");
        float[] b = Load("metric_b");
        using var facts = JsonDocument.Parse(File.ReadAllText(Fixture.PathOf("facts.json")));
        JsonElement expected = facts.RootElement.GetProperty("metrics");
        Assert.Equal(expected.GetProperty("psnr_rgb").GetDouble(), ImageMetrics.Psnr(b, a), Rounding);
        Assert.Equal(expected.GetProperty("psnr_y").GetDouble(), ImageMetrics.PsnrLuma(b, a, ReferenceShape), Rounding);
        Assert.Equal(expected.GetProperty("nmse").GetDouble(), ImageMetrics.Nmse(b, a), Rounding * 0.01);
        Assert.Equal(
            expected.GetProperty("ssim_rgb_mean_over_channels").GetDouble(),
            ImageMetrics.Ssim(b, a, ReferenceShape),
            Rounding);
    }

    [Fact]
    public void Equal_images_are_perfect()
    {
        float[] a = Load("metric_a");
        Assert.Equal(double.PositiveInfinity, ImageMetrics.Psnr(a, a));
        Assert.Equal(0, ImageMetrics.Nmse(a, a));
        Assert.Equal(1, ImageMetrics.Ssim(a, a, ReferenceShape), 1e-12);
    }

    [Fact]
    public void Luma_of_a_grey_image_is_that_of_three_equal_channels()
    {
        float[] a = Load("metric_a")[..(40 * 56)];
        float[] b = Load("metric_b")[..(40 * 56)];
        double grey = ImageMetrics.PsnrLuma(b, a, ReferenceShape with { C = 1 });
        Assert.Equal(grey, ImageMetrics.PsnrLuma([.. b, .. b, .. b], [.. a, .. a, .. a], ReferenceShape), 1e-6);
    }

    [Fact]
    public void Batches_are_as_one_image_after_the_other()
    {
        float[] a = Load("metric_a");
        float[] b = Load("metric_b");
        Shape two = ReferenceShape with { N = 2 };
        Assert.Equal(
            ImageMetrics.PsnrLuma(b, a, ReferenceShape), ImageMetrics.PsnrLuma([.. b, .. b], [.. a, .. a], two), 1e-9);
        Assert.Equal(ImageMetrics.Ssim(b, a, ReferenceShape), ImageMetrics.Ssim([.. b, .. b], [.. a, .. a], two), 1e-9);
    }

    /// <summary>
    /// Catches wrong weights of scales, and a luminance that counts at each of them; the values are SciPy's, in float64, for
    /// the same formulas.
    /// </summary>
    [Fact]
    public void Perceptual_metrics_agree_with_SciPy()
    {
        var shape = new Shape(1, 1, 190, 221);
        float[] a = new float[shape.Count];
        float[] b = new float[shape.Count];
        for (int k = 0; k < a.Length; k++)
        {
            (int i, int j) = (k / shape.W, k % shape.W);
            a[k] = (float)(0.5 + 0.3 * Math.Sin(0.11 * i + 0.05 * j) + 0.2 * Math.Cos(0.9 * j - 0.3 * i));
            b[k] = (float)(a[k] + 0.08 * Math.Sin(1.7 * i * j % 7));
        }

        Assert.Equal(0.9908752583430672, ImageMetrics.MultiScaleSsim(b, a, shape), Rounding);
        Assert.Equal(0.9315970509536289, ImageMetrics.Ssim(b, a, shape), Rounding);
        Assert.Equal(1.266999741242533, ImageMetrics.Sharpness(b, a, shape), Rounding);
        Assert.Equal(1, ImageMetrics.Sharpness(a, a, shape), 1e-12);
        var narrow = new Shape(1, 1, 175, 221);
        int count = (int)narrow.Count;
        Assert.True(double.IsNaN(ImageMetrics.MultiScaleSsim(a.AsSpan(0, count), b.AsSpan(0, count), narrow)));
    }

    [Fact]
    public void An_image_below_the_window_has_no_similarity() =>
        Assert.True(double.IsNaN(ImageMetrics.Ssim(new float[100], new float[100], new Shape(1, 1, 10, 10))));

    [Fact]
    public void Images_of_different_sizes_are_refused()
    {
        Assert.Throws<ShapeException>(() => ImageMetrics.Psnr(new float[4], new float[5]));
        Assert.Throws<ShapeException>(() => ImageMetrics.Ssim(new float[8], new float[8], new Shape(1, 2, 2, 2)));
    }

    private static float[] Load(string name) => Array.ConvertAll(Fixture.Load(name).Values, value => (float)value);
}
