namespace InfAdmm.Engine.Tests;

public sealed class Conv2dSpecTests
{
    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 2)]
    public void Same_pads_one_before_and_two_after(int kernel, int stride)
    {
        // Tables 1 and 2 of the paper: a kernel of width 4 at stride 1, one of width 5 at stride 2 on even sizes.
        Conv2dSpec spec = Conv2dSpec.Same(new Shape(1, 1, 28, 14), kernel, kernel, stride, Boundary.Periodic);

        Assert.Equal(new Conv2dSpec(stride, 1, 1, 2, 2, Boundary.Periodic), spec);
    }

    [Theory]
    [InlineData(1, 1, 7)]
    [InlineData(3, 1, 7)]
    [InlineData(4, 1, 33)]
    [InlineData(5, 2, 33)]
    [InlineData(5, 2, 28)]
    [InlineData(3, 4, 33)]
    public void Same_gives_the_size_over_the_stride_rounded_up(int kernel, int stride, int size)
    {
        var input = new Shape(2, 3, size, size + 1);
        Conv2dSpec spec = Conv2dSpec.Same(input, kernel, kernel, stride);

        Shape output = spec.Output(input, new Shape(6, 3, kernel, kernel));

        Assert.Equal(new Shape(2, 6, (size + stride - 1) / stride, (size + stride) / stride), output);
    }

    [Fact]
    public void Valid_shrinks_by_the_kernel()
    {
        var input = new Shape(1, 64, 7, 7);
        Assert.Equal(new Shape(1, 128, 2, 2), Conv2dSpec.Valid(2).Output(input, new Shape(128, 64, 5, 5)));
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_both_shapes()
    {
        var input = new Shape(1, 3, 4, 4);
        var otherChannels = new Shape(8, 2, 3, 3);
        ShapeException refusal = Assert.Throws<ShapeException>(() => Conv2dSpec.Valid().Output(input, otherChannels));
        Assert.Contains(input.ToString(), refusal.Message);
        Assert.Contains(otherChannels.ToString(), refusal.Message);
        Assert.Throws<ShapeException>(() => Conv2dSpec.Valid().Output(input, new Shape(8, 3, 5, 3)));
        Assert.Throws<ShapeException>(() => Conv2dSpec.Valid(0).Output(input, new Shape(8, 3, 3, 3)));
    }
}
