using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class CubDataSetTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public CubDataSetTests()
    {
        SampleFiles.WritePictures(
            _directory.File("images"), "002.b/x y.png", "001.a/2.png", "001.a/1.png", "002.b/0.png", "unlisted.png");
        Write("images.txt", "1 002.b/x y.png\n2 001.a/2.png\n3 001.a/1.png\r\n\n4 002.b/0.png\n");
        Write("train_test_split.txt", "4 1\n3 0\r\n2 1\n1 0\n");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Its_lists_are_honoured()
    {
        IImageSet train = ImageSets.Open(_directory.Path, DataSplit.Train);
        IImageSet test = ImageSets.Open(_directory.Path, DataSplit.Test);

        Assert.Equal(["001.a/2.png", "002.b/0.png"], SampleFiles.NamesOf(train));
        Assert.Equal([1, 3], SampleFiles.ValuesOf(train));
        Assert.Equal(["002.b/x y.png", "001.a/1.png"], SampleFiles.NamesOf(test));
        Assert.Equal([0, 2], SampleFiles.ValuesOf(test));
        Assert.EndsWith("test part: 2 images of 4 images", test.Description);
        Assert.Contains("none for validation", SampleFiles.Refusal(_directory.Path, DataSplit.Validation));
    }

    [Theory]
    [InlineData("images.txt")]
    [InlineData("train_test_split.txt")]
    public void One_list_without_the_other_is_refused(string missing)
    {
        File.Delete(_directory.File(missing));
        string refusal = SampleFiles.Refusal(_directory.Path);
        Assert.Contains($"'{_directory.File(missing)}' does not exist: put", refusal);
    }

    [Fact]
    public void Lists_without_pictures_are_refused()
    {
        Directory.Delete(_directory.File("images"), recursive: true);
        Assert.Contains("without the folder 'images'", SampleFiles.Refusal(_directory.Path));
    }

    [Theory]
    [InlineData("images.txt", "1 a.png\nb.png\n", "line 2 of '{0}' is 'b.png'")]
    [InlineData("images.txt", "1 a.png\n1 b.png\n", "line 2 of '{0}' is '1 b.png'")]
    [InlineData("images.txt", "-1 a.png\n", "line 1 of '{0}'")]
    [InlineData("train_test_split.txt", "1 0\n2 0\n3 yes\n4 1\n", "'{0}' has the flag 'yes' for image 3")]
    [InlineData("train_test_split.txt", "1 0\n2 0\n4 1\n", "'{0}' has no line for image 3 of images.txt")]
    [InlineData("train_test_split.txt", "1 1\n2 1\n3 1\n4 1\n", "'{0}' has no image of the test part")]
    public void Broken_lists_are_refused(string name, string text, string expected)
    {
        Write(name, text);
        Assert.Contains(expected.Replace("{0}", _directory.File(name)), SampleFiles.Refusal(_directory.Path));
    }

    [Fact]
    public void A_listed_picture_that_is_missing_is_named_when_it_is_read()
    {
        string missing = _directory.File("images/001.a/1.png");
        File.Delete(missing);
        IImageSet test = ImageSets.Open(_directory.Path, DataSplit.Test);
        Assert.Contains("001.a/1.png' cannot be read", Assert.Throws<InputException>(() => test.Load(1)).Message);
    }

    private void Write(string name, string text) => File.WriteAllText(_directory.File(name), text);
}
