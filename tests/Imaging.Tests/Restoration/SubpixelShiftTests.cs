using InfAdmm.Engine;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.Imaging.Tests;

/// <summary>The shift that aligns the centres of pixels.</summary>
public sealed class SubpixelShiftTests
{
    /// <summary>Catches a shift in the wrong direction or by another distance, along either axis.</summary>
    [Theory]
    [InlineData(0.0, 0.0)]
    [InlineData(0.5, 0.5)]
    [InlineData(1.0, 1.0)]
    [InlineData(1.5, -0.5)]
    [InlineData(2.25, 0.0)]
    [InlineData(-3.75, 2.0)]
    public void Waves_move_down_and_right(double down, double right)
    {
        var shape = new Shape(1, 2, 24, 36);
        float[] values = Waves(shape, 0, 0);
        SubpixelShift.Apply(values, shape, down, right);
        Assert.All(Waves(shape, down, right).Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-2f));
    }

    [Fact]
    public void A_constant_stays_one()
    {
        float[] values = [.. Enumerable.Repeat(0.7f, 15)];
        SubpixelShift.Apply(values, new Shape(1, 1, 3, 5), 1.5, 1.5);
        Assert.All(values, value => Assert.Equal(0.7f, value, 1e-6f));
    }

    private static float[] Waves(Shape shape, double down, double right)
    {
        float[] values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            int plane = i / shape.PlaneSize;
            double y = i % shape.PlaneSize / shape.W - down;
            double x = i % shape.W - right;
            values[i] = (float)(Math.Sin(2 * Math.PI * (2 + plane) * y / shape.H)
                + Math.Cos(2 * Math.PI * (3 * x / shape.W - y / shape.H)));
        }

        return values;
    }
}
