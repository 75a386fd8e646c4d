using InfAdmm.Imaging.Datasets;

namespace InfAdmm.Imaging.Tests;

/// <summary>The published data sets, if a folder shared/data next to the repository contains them.</summary>
public sealed class RealDataTests
{
    [Theory]
    [InlineData("mnist", "Train", 60_000)]
    [InlineData("mnist", "Test", 10_000)]
    [InlineData("birds", "Train", 2_999)]
    [InlineData("birds", "Test", 2_903)]
    [InlineData("natural/BSDS500", "Train", 200)]
    [InlineData("natural/BSDS500", "Validation", 100)]
    [InlineData("natural/BSDS500", "Test", 200)]
    [InlineData("natural/Set5", "Test", 5)]
    public void Published_sets_are_whole(string name, string part, int count)
    {
        string? path = Find(name);
        Assert.SkipWhen(path is null, $"no shared/data/{name} next to the repository");

        DataSplit split = Enum.Parse<DataSplit>(part);
        IImageSet images = ImageSets.Open(path, split);
        Assert.Equal(count, images.Count);
        IImageSet some = ImageSets.Open(path, split, limit: 5);
        Assert.Equal(5, new SkippingImages(some, line => Assert.Fail(line)).All().Count());
        Assert.Equal(images.Name(count / 5), some.Name(1));
    }

    private static string? Find(string name)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string path = Path.Combine(at.FullName, "shared", "data", name);
            if (Directory.Exists(path))
            {
                return path;
            }
        }

        return null;
    }
}
