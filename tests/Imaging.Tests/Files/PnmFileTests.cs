using System.Text;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The six kinds of Netpbm files, with the byte order and the scales that ImageSharp reads wrongly.</summary>
public sealed class PnmFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("P1\n# bits\n3 2\n1 0 1\n010", new float[] { 0, 1, 0, 1, 0, 1 })]
    [InlineData("P2 2 2 100\n0 50\n100 25\n", new float[] { 0, 0.5f, 1, 0.25f })]
    [InlineData("P2 2 1#no space\n4\n1 # the last\n4", new[] { 0.25f, 1 })]
    [InlineData("P4 3 2\n\u00a0\u0040", new float[] { 0, 1, 0, 1, 0, 1 })]
    [InlineData("P4 9 1\n\u0000\u0080", new float[] { 1, 1, 1, 1, 1, 1, 1, 1, 0 })]
    [InlineData("P5 2 1 255\n\u0033\u00ff", new[] { 0.2f, 1 })]
    [InlineData("P5 2 1 10\n\u0005\u000a\n", new[] { 0.5f, 1 })]
    [InlineData("P5\t2 1 1023\r\u0003\u00ff\u0000\u0000", new float[] { 1, 0 })]
    [InlineData("P5 1 1 65535\n\u0033\u0033", new[] { 0.2f })]
    public void Grey_files_are_read(string file, float[] expected)
    {
        Picture picture = Read(file);
        Assert.Equal(1, picture.Image.Shape.C);
        Assert.Equal(expected, picture.Image.Values);
        bool isDeep = file.Contains(" 1023", StringComparison.Ordinal)
            || file.Contains(" 65535", StringComparison.Ordinal);
        Assert.Equal(isDeep, picture.IsDeep);
    }

    [Theory]
    [InlineData("P3 2 1 5\n1 2 3  4 5 0\n")]
    [InlineData("P6 2 1 5\n\u0001\u0002\u0003\u0004\u0005\u0000")]
    public void Colours_become_planes(string file)
    {
        Picture picture = Read(file);
        Assert.Equal(new Shape(1, 3, 1, 2), picture.Image.Shape);
        Assert.Equal([0.2f, 0.8f, 0.4f, 1, 0.6f, 0], picture.Image.Values);
    }

    [Theory]
    [InlineData("P5 2 1 255\n\u0033", "pixels are missing")]
    [InlineData("P5 2 1 65535\n\u0033\u0033\u0033", "pixels are missing")]
    [InlineData("P2 2 1 255\n12", "pixels are missing")]
    [InlineData("P2 2 1 255\n123", "a number is missing")]
    [InlineData("P1 2 1\n1", "pixels are missing")]
    [InlineData("P1 2 1\n1 2", "neither 0 nor 1")]
    [InlineData("P2 2 1 255\n300 1", "300")]
    [InlineData("P5 1 1 70000\n\u0033\u0033", "70000")]
    [InlineData("P5 1 1 0\n\u0033", "largest value 0")]
    [InlineData("P5 0 1 255\n", "0x1")]
    [InlineData("P5 99999999999 1 255\n", "too large")]
    [InlineData("P5 60000 60000 255\n", "the limit is")]
    [InlineData("P5 16000 16000 255\n", "cannot hold")]
    [InlineData("P5 is not a picture", "number is missing")]
    [InlineData("P5 1 1 255\n\u0033P5 1 1 255\n\u0034", "several")]
    public void Bad_files_are_refused(string file, string reason)
    {
        string message = Assert.Throws<InputException>(() => Read(file)).Message;
        Assert.Contains(reason, message);
        Assert.Contains($"'{_directory.File("a.pnm")}'", message);
    }

    private Picture Read(string bytes)
    {
        string file = _directory.File("a.pnm");
        File.WriteAllBytes(file, Encoding.Latin1.GetBytes(bytes));
        return ImageFile.ReadPicture(file);
    }
}
