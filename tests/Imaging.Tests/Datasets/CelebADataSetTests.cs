using InfAdmm.Imaging.Datasets;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class CelebADataSetTests : IDisposable
{
    private const string List = "list_eval_partition.txt";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", "", "")]
    [InlineData("", "img_align_celeba", "")]
    [InlineData("", "img_align_celeba", "img_align_celeba")]
    public void Its_list_is_honoured(string list, string pictures, string opened)
    {
        WritePictures(pictures, 5);
        File.WriteAllText(
            Path.Combine(_directory.File(list), List),
            "000001.png 2\n000002.png 0\n000003.png 1\n000004.png 0\n000005.png 2\n000006.png 2\n");

        (DataSplit Split, int[] Values)[] expected =
            [(DataSplit.Train, [2, 4]), (DataSplit.Validation, [3]), (DataSplit.Test, [1, 5])];
        foreach ((DataSplit split, int[] values) in expected)
        {
            Assert.Equal(values, SampleFiles.ValuesOf(ImageSets.Open(_directory.File(opened), split)));
        }

        IImageSet test = ImageSets.Open(_directory.File(opened), DataSplit.Test);
        Assert.EndsWith("test part: 2 images of 3 in its list", test.Description);
        Assert.Equal((218, 178), (test.Load(0).Shape.H, test.Load(0).Shape.W));
    }

    [Fact]
    public void Without_a_list_it_is_a_plain_folder()
    {
        WritePictures("", 3);
        IImageSet images = ImageSets.Open(_directory.Path, DataSplit.Test);
        Assert.Equal([1, 2, 3], SampleFiles.ValuesOf(images));
        Assert.EndsWith("not split: 3 images", images.Description);
    }

    [Theory]
    [InlineData("000001.png 0\n000002.png 3\n", "line 2 of '{0}' is '000002.png 3'")]
    [InlineData("000001.png\n", "line 1 of '{0}' is '000001.png'")]
    [InlineData("000001.png 2\n", "'{0}' has no line for '000002.png'")]
    [InlineData("000001.png 0\n000002.png 0\n", "has none of the 0 images of the test part in '{0}'")]
    public void Broken_lists_are_refused(string text, string expected)
    {
        WritePictures("", 2);
        File.WriteAllText(_directory.File(List), text);
        Assert.Contains(expected.Replace("{0}", _directory.File(List)), SampleFiles.Refusal(_directory.Path));
    }

    private void WritePictures(string folder, int count)
    {
        for (int i = 1; i <= count; i++)
        {
            SampleFiles.WritePicture(Path.Combine(_directory.File(folder), $"{i:D6}.png"), (byte)i, 218, 178);
        }
    }
}
