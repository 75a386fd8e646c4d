using System.Runtime.InteropServices;
using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class FolderDataSetTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void All_pictures_are_found_in_ordinal_order()
    {
        string[] names =
        [
            "B.png", "a.PNG", "a/2.jpeg", "a/b/c.webp", "a0.bmp", "e/10.jpg", "f.TIFF", "g.tif", "h.pnm", "i.ppm",
        ];
        SampleFiles.WritePictures(_directory.Path, names);
        File.WriteAllText(_directory.File("notes.txt"), "no picture");
        File.WriteAllText(_directory.File("a/.hidden.png"), "no picture either");

        foreach (DataSplit split in Enum.GetValues<DataSplit>())
        {
            IImageSet images = ImageSets.Open(_directory.Path, split);
            Assert.Equal(names, SampleFiles.NamesOf(images));
            Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], SampleFiles.ValuesOf(images));
            Assert.Equal($"'{_directory.Path}', not split: 10 images", images.Description);
        }
    }

    [Theory]
    [InlineData("train", "val", "test")]
    [InlineData("Training", "validation", "TEST")]
    public void Sub_folders_named_so_are_the_parts(string train, string validation, string test)
    {
        SampleFiles.WritePictures(
            _directory.Path, $"{train}/x/1.png", $"{train}/2.png", $"{validation}/3.png", $"{test}/4.png", "loose.png");

        Assert.Equal(["2.png", "x/1.png"], SampleFiles.NamesOf(ImageSets.Open(_directory.Path, DataSplit.Train)));
        Assert.Equal([2], SampleFiles.ValuesOf(ImageSets.Open(_directory.Path, DataSplit.Validation)));
        IImageSet images = ImageSets.Open(_directory.Path, DataSplit.Test);
        Assert.Equal([3], SampleFiles.ValuesOf(images));
        Assert.Equal($"'{_directory.File(test)}', the test part: 1 image", images.Description);
    }

    [Fact]
    public void A_part_that_is_missing_is_refused()
    {
        SampleFiles.WritePictures(_directory.Path, "train/1.png", "val/2.png");
        string refusal = SampleFiles.Refusal(_directory.Path);
        Assert.Contains($"'{_directory.Path}' has the sub-folders train and val, but none for test", refusal);
        Assert.Contains("give the sub-folder to use", refusal);
    }

    [Fact]
    public void One_sub_folder_alone_is_no_part()
    {
        SampleFiles.WritePictures(_directory.Path, "plane/1.png", "train/2.png");
        Assert.Equal(2, ImageSets.Open(_directory.Path, DataSplit.Test).Count);
    }

    [Fact]
    public void One_picture_is_a_set()
    {
        string file = _directory.File("a.png");
        SampleFiles.WritePicture(file, 9);
        IImageSet images = ImageSets.Open(file, DataSplit.Train);
        Assert.Equal(["a.png"], SampleFiles.NamesOf(images));
        Assert.Equal([9], SampleFiles.ValuesOf(images));
        Assert.Equal($"'{file}', one picture", images.Description);
    }

    [Fact]
    public void Nothing_to_use_is_refused()
    {
        string empty = _directory.File("empty");
        Directory.CreateDirectory(empty);
        File.WriteAllText(Path.Combine(empty, "readme.txt"), "");
        Assert.Contains($"'{empty}' contains no pictures: give", SampleFiles.Refusal(empty));

        string missing = _directory.File("missing");
        Assert.Contains($"'{missing}' does not exist: give", SampleFiles.Refusal(missing));
        Assert.Contains("does not exist", SampleFiles.Refusal(""));
    }

    [Fact]
    public void A_folder_linked_into_itself_is_searched_once()
    {
        Assert.SkipWhen(RuntimeInformation.IsOSPlatform(OSPlatform.Windows), "links need rights there");
        SampleFiles.WritePictures(_directory.Path, "a/1.png");
        Directory.CreateSymbolicLink(_directory.File("a/again"), _directory.File("a"));
        File.CreateSymbolicLink(_directory.File("a/linked.png"), _directory.File("a/1.png"));
        IImageSet images = ImageSets.Open(_directory.Path, DataSplit.Test);
        Assert.Equal(["a/1.png", "a/linked.png"], SampleFiles.NamesOf(images));
    }

    [Fact]
    public void A_damaged_picture_is_named_when_it_is_read()
    {
        SampleFiles.WritePictures(_directory.Path, "1.png", "2.png");
        File.WriteAllBytes(_directory.File("1.png"), File.ReadAllBytes(_directory.File("2.png"))[..50]);
        IImageSet images = ImageSets.Open(_directory.Path, DataSplit.Test);
        Assert.Contains(
            $"'{_directory.File("1.png")}' is ", Assert.Throws<InputException>(() => images.Load(0)).Message);
        Assert.Equal(1, SampleFiles.ValueOf(images.Load(1)));
    }
}
