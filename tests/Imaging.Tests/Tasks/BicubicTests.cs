using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The positions of the pixels of the interpolated image.</summary>
public sealed class BicubicTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Measured_pixels_stay_where_they_are(int stride)
    {
        var shape = new Shape(1, 2, 7, 9);
        float[] y = Fixture.Normal((int)shape.Count, 1);
        float[] x = BicubicUpsampling.Apply(y, shape, stride);
        int width = shape.W * stride;
        for (int i = 0; i < y.Length; i++)
        {
            int plane = i / shape.PlaneSize;
            int row = i % shape.PlaneSize / shape.W * stride;
            int column = i % shape.W * stride;
            Assert.Equal(y[i], x[(plane * shape.H * stride + row) * width + column], 1e-6f);
        }
    }

    /// <summary>
    /// With a = −0.5 a ramp is reproduced exactly; with the sharper kernel the error is at most 0.05 of the difference
    /// between measured pixels. Pixels placed at block centres would shift it by 1.5 of 4.
    /// </summary>
    [Theory]
    [InlineData(-0.5, 1e-5)]
    [InlineData(BicubicUpsampling.Sharpness, 0.2)]
    public void A_ramp_is_reproduced_away_from_edges(double sharpness, double pixels)
    {
        const int Stride = 4;
        var shape = new Shape(1, 1, 8, 10);
        float[] y = [.. Enumerable.Range(0, 80).Select(i => 2f * Stride * (i / 10) - 3f * Stride * (i % 10))];
        float[] x = BicubicUpsampling.Apply(y, shape, Stride, sharpness);
        for (int i = Stride; i < (shape.H - 2) * Stride; i++)
        {
            for (int j = Stride; j < (shape.W - 2) * Stride; j++)
            {
                Assert.Equal(2.0 * i - 3.0 * j, x[i * shape.W * Stride + j], 5 * pixels);
            }
        }
    }

    /// <summary>Catches a shift in the wrong direction, or the wrong taps for pixels before their own.</summary>
    [Theory]
    [InlineData(2, 0.5)]
    [InlineData(4, 1.5)]
    [InlineData(3, 1)]
    public void Centered_pixels_move_a_ramp(int stride, double shift)
    {
        var shape = new Shape(1, 1, 9, 11);
        float[] y = [.. Enumerable.Range(0, 99).Select(i => 2f * stride * (i / 11) - 3f * stride * (i % 11))];
        float[] x = BicubicUpsampling.Apply(y, shape, stride, sharpness: -0.5, shift);
        for (int i = 2 * stride; i < (shape.H - 3) * stride; i++)
        {
            for (int j = 2 * stride; j < (shape.W - 3) * stride; j++)
            {
                Assert.Equal(2.0 * (i - shift) - 3.0 * (j - shift), x[i * shape.W * stride + j], 1e-4);
            }
        }
    }

    [Fact]
    public void A_constant_stays_one_up_to_the_edges() =>
        Assert.All(
            BicubicUpsampling.Apply([3, 3, 3, 3, 3, 3], new Shape(1, 1, 2, 3), 4),
            value => Assert.Equal(3, value, 1e-5f));

    [Fact]
    public void One_pixel_becomes_a_square() =>
        Assert.All(BicubicUpsampling.Apply([2], new Shape(1, 1, 1, 1), 3), value => Assert.Equal(2, value, 1e-5f));
}
