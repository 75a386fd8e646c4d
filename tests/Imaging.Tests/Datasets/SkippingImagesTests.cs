using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class SkippingImagesTests
{
    private readonly List<string> _lines = [];

    [Fact]
    public void Damaged_pictures_are_reported_once_and_left_out()
    {
        using var directory = new TemporaryDirectory();
        SampleFiles.WritePictures(directory.Path, "0.png", "1.png", "2.png", "3.png");
        File.WriteAllText(directory.File("1.png"), "no picture");
        File.WriteAllBytes(directory.File("3.png"), []);
        var images = new SkippingImages(ImageSets.Open(directory.Path, DataSplit.Test), _lines.Add);

        for (int pass = 0; pass < 2; pass++)
        {
            Assert.Equal(
                [(0, 0), (2, 2)], images.All().Select(read => (read.Index, SampleFiles.ValueOf(read.Image))));
        }

        Assert.Equal(2, images.Skipped);
        Assert.Equal(2, _lines.Count);
        Assert.StartsWith($"skipped: '{directory.File("1.png")}' is not a picture", _lines[0]);
        Assert.StartsWith($"skipped: '{directory.File("3.png")}' is not a picture", _lines[1]);
        Assert.False(images.TryLoad(3, out _));
        Assert.True(images.TryLoad(2, out _));
    }

    [Fact]
    public void A_set_without_any_whole_picture_is_refused()
    {
        var damaged = new FakeImages(2, i => throw new InputException($"'{i}' is damaged"));
        var images = new SkippingImages(damaged, _lines.Add);
        InputException refusal = Assert.Throws<InputException>(() => images.All().Count());
        Assert.Equal("no picture of fake can be read: give intact files", refusal.Message);
        Assert.Equal(["skipped: '0' is damaged", "skipped: '1' is damaged"], _lines);
    }

    /// <summary>Catches a failure of another kind that ends the run, or is not named.</summary>
    [Fact]
    public void Every_failure_is_reported_but_a_cancellation()
    {
        var broken = new FakeImages(
            3,
            i => throw i switch
            {
                0 => new InvalidOperationException("a bug"),
                1 => new InsufficientMemoryException(),
                _ => new OperationCanceledException(),
            });
        var images = new SkippingImages(broken, _lines.Add);
        Assert.False(images.TryLoad(0, out _));
        Assert.False(images.TryLoad(1, out _));
        Assert.Throws<OperationCanceledException>(() => images.TryLoad(2, out _));
        Assert.Equal(["skipped: '0': a bug", "skipped: '1': there is not enough memory for it"], _lines);
    }
}
