using System.Buffers.Binary;
using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

public sealed class IdxImageSetTests : IDisposable
{
    private const string Train = "train-images-idx3-ubyte";
    private const string Test = "t10k-images-idx3-ubyte";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_folder_has_two_parts(bool packed)
    {
        Write(Train, SampleFiles.Idx(5), packed);
        Write(Test, SampleFiles.Idx(3), packed);
        File.WriteAllText(_directory.File("train-labels-idx1-ubyte"), "not looked at");

        IImageSet train = ImageSets.Open(_directory.Path, DataSplit.Train);
        IImageSet test = ImageSets.Open(_directory.Path, DataSplit.Test);

        Assert.Equal((5, 3), (train.Count, test.Count));
        Assert.Equal("train-00004", train.Name(4));
        Assert.Equal("t10k-00000", test.Name(0));
        Assert.EndsWith("training part: 5 images", train.Description);
        Assert.EndsWith("test part: 3 images", test.Description);
        for (int i = 0; i < 3; i++)
        {
            PlanarImage image = test.Load(i);
            Assert.Equal(new Shape(1, 1, 28, 28), image.Shape);
            Assert.Equal(
                Enumerable.Range(0, 784).Select(p => SampleFiles.Pixel(i, p) / 255f), image.Values);
        }
    }

    [Fact]
    public void The_unpacked_file_is_read_where_there_are_both()
    {
        Write(Test, SampleFiles.Idx(3), packed: false);
        Write(Test, SampleFiles.Idx(4), packed: true);
        Assert.Equal(3, ImageSets.Open(_directory.Path, DataSplit.Test).Count);
    }

    [Theory]
    [InlineData("train-images.idx3-ubyte")]
    [InlineData("train-images-idx3-ubyte.gz")]
    public void Other_spellings_of_the_names_are_known(string name)
    {
        Write(name, SampleFiles.Idx(2), packed: false);
        Assert.Equal(2, ImageSets.Open(_directory.Path, DataSplit.Train).Count);
    }

    [Fact]
    public void A_file_is_the_part_that_its_name_says()
    {
        string file = Write(Test, SampleFiles.Idx(3), packed: true);
        Assert.Equal(3, ImageSets.Open(file, DataSplit.Test).Count);

        string refusal = SampleFiles.Refusal(file, DataSplit.Train);
        Assert.Contains($"'{file}' is the test part, not the training part", refusal);
        Assert.Contains("give the folder", refusal);
    }

    [Theory]
    [InlineData("digits")]
    [InlineData("digits.png")]
    public void A_file_of_another_name_is_not_split(string name)
    {
        string file = _directory.File(name);
        File.WriteAllBytes(file, SampleFiles.Idx(2, height: 4, width: 6));
        foreach (DataSplit split in Enum.GetValues<DataSplit>())
        {
            IImageSet images = ImageSets.Open(file, split);
            Assert.Equal("digits-00001", images.Name(1));
            Assert.Equal(new Shape(1, 1, 4, 6), images.Load(1).Shape);
            Assert.EndsWith("not split: 2 images", images.Description);
        }
    }

    [Fact]
    public void A_part_that_is_missing_is_named()
    {
        Write(Train, SampleFiles.Idx(2), packed: false);
        Assert.Contains($"lacks the test part: put {Test} there", SampleFiles.Refusal(_directory.Path));
        Assert.Contains("none for validation", SampleFiles.Refusal(_directory.Path, DataSplit.Validation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Broken_files_are_refused(bool packed)
    {
        byte[] whole = SampleFiles.Idx(3);
        byte[] labels = [.. whole];
        labels[3] = 1;
        byte[] floats = [.. whole];
        floats[2] = 0x0d;
        byte[] none = With(whole, 4, 0);
        byte[] flat = With(whole, 8, 0);
        byte[] more = With(whole, 4, 4);
        byte[] endless = With(With(With(whole, 4, -1), 8, -1), 12, -1);
        (byte[] File, string Expected)[] broken =
        [
            (labels, "it contains labels"),
            (floats, "it begins with 0x00000d03, but"),
            ("text"u8.ToArray(), "it begins with 0x74657874"),
            (none, "gives 0 images of 28x28: no pixels at all"),
            (flat, "gives 3 images of 0x28: no pixels at all"),
            (more, packed ? "it ends before the last image" : "gives 4 images of 28x28, 3136 bytes, but it has 2352"),
            (endless, "gives 4294967295 images of 4294967295x4294967295"),
            ([.. whole, 0], packed ? "it continues after the last image" : "but it has 2353 bytes"),
            (whole[..10], "it is shorter than its header"),
            ([], "it is shorter than its header"),
        ];

        foreach ((byte[] file, string expected) in broken)
        {
            string path = Write(Test, file, packed);
            string refusal = SampleFiles.Refusal(_directory.Path);
            Assert.Contains($"'{path}' cannot be used: ", refusal);
            Assert.Contains(expected, refusal);
            Assert.Contains("give an intact idx file", refusal);
        }
    }

    [Fact]
    public void A_damaged_archive_is_refused()
    {
        byte[] packed = SampleFiles.Gzip(SampleFiles.Idx(30));
        byte[] flipped = [.. packed];
        flipped[packed.Length / 2] ^= 0x55;
        byte[] checksum = [.. packed];
        checksum[^6] ^= 1;
        foreach (byte[] file in new[] { packed[..^200], packed[..12], flipped, checksum })
        {
            File.WriteAllBytes(_directory.File(Test + ".gz"), file);
            Assert.Contains(
                $"'{_directory.File(Test + ".gz")}' cannot be used: ", SampleFiles.Refusal(_directory.Path));
        }
    }

    private static byte[] With(byte[] file, int at, int value)
    {
        byte[] changed = [.. file];
        BinaryPrimitives.WriteInt32BigEndian(changed.AsSpan(at), value);
        return changed;
    }

    private string Write(string name, byte[] file, bool packed)
    {
        string path = _directory.File(packed ? name + ".gz" : name);
        File.WriteAllBytes(path, packed ? SampleFiles.Gzip(file) : file);
        return path;
    }
}
