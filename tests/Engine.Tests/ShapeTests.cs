namespace InfAdmm.Engine.Tests;

public sealed class ShapeTests
{
    [Fact]
    public void Counts_multiply_without_overflow()
    {
        Assert.Equal(2 * 3 * 5 * 7, new Shape(2, 3, 5, 7).Count);
        Assert.Equal(6, new Shape(2, 3, 5, 7).Planes);
        Assert.Equal(35, new Shape(2, 3, 5, 7).PlaneSize);
        Assert.Equal(1L << 40, new Shape(1, 1, 1 << 20, 1 << 20).Count);
    }

    /// <summary>Catches (65536)⁴ elements that wrap to 0 and are then read out of bounds.</summary>
    [Fact]
    public void Arithmetic_that_overflows_throws()
    {
        var huge = new Shape(65536, 65536, 65536, 65536);
        Assert.Throws<OverflowException>(() => huge.Count);
        Assert.Throws<OverflowException>(() => huge.Planes);
        Assert.Throws<OverflowException>(() => huge.PlaneSize);
        Assert.Throws<OverflowException>(() => huge.ChannelsAsBatch);
        Assert.Throws<OverflowException>(() => huge.Upsampled(65536));
        Assert.Contains("18446744073709551616", Assert.Throws<ShapeException>(() => huge.Validated()).Message);
    }

    [Fact]
    public void Vectors_and_matrices_have_leading_ones()
    {
        Assert.Equal(new Shape(1, 1, 1, 9), Shape.Vector(9));
        Assert.Equal(new Shape(1, 1, 4, 9), Shape.Matrix(4, 9));
        Assert.Equal(1, Shape.Scalar.Count);
        Assert.Equal(new Shape(6, 1, 5, 7), new Shape(2, 3, 5, 7).ChannelsAsBatch);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(7, 8)]
    [InlineData(8, 10)]
    [InlineData(33, 34)]
    public void A_spectrum_keeps_half_of_the_columns_as_pairs(int width, int expected)
    {
        Assert.Equal(new Shape(2, 3, 5, expected), new Shape(2, 3, 5, width).Spectrum);
    }

    [Fact]
    public void Upsampling_undoes_downsampling()
    {
        var shape = new Shape(2, 3, 12, 8);
        Assert.Equal(new Shape(2, 3, 3, 2), shape.Downsampled(4));
        Assert.Equal(shape, shape.Downsampled(4).Upsampled(4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(8)]
    public void A_stride_must_divide_both_sides(int stride)
    {
        ShapeException refusal = Assert.Throws<ShapeException>(() => new Shape(1, 1, 12, 16).Downsampled(stride));
        Assert.Contains("12x16", refusal.Message);
    }

    [Fact]
    public void Validation_refuses_what_is_empty_or_too_large()
    {
        Assert.Throws<ShapeException>(() => new Shape(0, 1, 1, 1).Validated());
        Assert.Throws<ShapeException>(() => new Shape(1, -1, 1, 1).Validated());
        Assert.Throws<ShapeException>(() => new Shape(1, 1, 1 << 16, 1 << 15).Validated());
        Assert.Equal(Shape.Vector(7), Shape.Vector(7).Validated());
    }
}
