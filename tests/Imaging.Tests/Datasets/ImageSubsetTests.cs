using InfAdmm.Imaging.Datasets;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class ImageSubsetTests
{
    [Theory]
    [InlineData(10, 3, new[] { 0, 3, 6 })]
    [InlineData(10, 10, new[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })]
    [InlineData(3, 5, new[] { 0, 1, 2 })]
    [InlineData(7, 4, new[] { 0, 1, 3, 5 })]
    [InlineData(5, 1, new[] { 0 })]
    public void Images_are_evenly_spaced(int count, int limit, int[] expected)
    {
        IImageSet some = ImageSubset.EvenlySpaced(new FakeImages(count), limit);
        Assert.Equal(expected.Select(i => $"{i}"), SampleFiles.NamesOf(some));
        Assert.Equal(
            expected.Select(i => (float)i), Enumerable.Range(0, some.Count).Select(i => some.Load(i).Values[0]));
    }

    [Fact]
    public void Its_description_says_how_many()
    {
        Assert.Equal("fake; 2 of them", ImageSubset.EvenlySpaced(new FakeImages(10), 2).Description);
        Assert.Equal("fake", ImageSubset.EvenlySpaced(new FakeImages(2), 2).Description);
    }

    [Fact]
    public void Held_out_images_and_the_others_make_the_whole()
    {
        (IImageSet others, IImageSet heldOut) = ImageSubset.HoldOut(new FakeImages(10), 3);
        Assert.Equal(["0", "3", "6"], SampleFiles.NamesOf(heldOut));
        Assert.Equal(["1", "2", "4", "5", "7", "8", "9"], SampleFiles.NamesOf(others));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageSubset.HoldOut(new FakeImages(3), 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageSubset.HoldOut(new FakeImages(3), 0));
    }

    [Fact]
    public void A_limit_is_taken_from_the_part()
    {
        using var directory = new TemporaryDirectory();
        SampleFiles.WritePictures(
            directory.Path, "train/0.png", "test/1.png", "test/2.png", "test/3.png", "test/4.png");
        Assert.Equal([1, 3], SampleFiles.ValuesOf(ImageSets.Open(directory.Path, DataSplit.Test, limit: 2)));
        Assert.Equal(4, ImageSets.Open(directory.Path, DataSplit.Test, limit: 9).Count);
        Assert.Contains("a limit of 0", SampleFiles.Refusal(directory.Path, DataSplit.Test, limit: 0));
    }
}
