using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Tests;

public sealed class TransparentPixelsTests
{
    [Fact]
    public void Hidden_pixels_take_the_nearest_visible_colour()
    {
        var image = new PlanarImage([0.1f, 9, 9, 9, 0.5f, 0.3f, 9, 9, 9, 0.7f], new Shape(1, 2, 1, 5));
        Picture filled = TransparentPixels.Fill(new Picture(image, [0.01f, 0, 0, 0, 1]));
        Assert.Equal([0.1f, 0.1f, filled.Image.Values[2], 0.5f, 0.5f], filled.Image.Values[..5]);
        Assert.Equal([0.3f, 0.3f, filled.Image.Values[7], 0.7f, 0.7f], filled.Image.Values[5..]);
        Assert.True(filled.Image.Values[2] is 0.1f or 0.5f);
    }

    [Fact]
    public void Pictures_without_hidden_or_without_visible_pixels_are_unchanged()
    {
        var image = new PlanarImage([1, 2], new Shape(1, 1, 1, 2));
        foreach (float[]? alpha in new float[]?[] { null, [1, 0.5f], [0, 0] })
        {
            var picture = new Picture(image, alpha);
            Assert.Same(picture, TransparentPixels.Fill(picture));
        }
    }
}
