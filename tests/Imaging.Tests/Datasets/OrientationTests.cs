using InfAdmm.Imaging.Datasets;

namespace InfAdmm.Imaging.Tests;

public sealed class OrientationTests
{
    [Theory]
    [InlineData(0, "abcdefghi")]
    [InlineData(1, "cfibehadg")]
    [InlineData(2, "ihgfedcba")]
    [InlineData(3, "gdahebifc")]
    [InlineData(4, "cbafedihg")]
    [InlineData(5, "adgbehcfi")]
    [InlineData(6, "ghidefabc")]
    [InlineData(7, "ifchebgda")]
    public void Turns_are_anticlockwise_after_the_mirror(int number, string expected)
    {
        const string Square = "abcdefghi";
        var turned = new char[9];
        for (int i = 0; i < 9; i++)
        {
            (int row, int column) = new Orientation(number).Source(i / 3, i % 3, 3);
            turned[i] = Square[3 * row + column];
        }

        Assert.Equal(expected, new string(turned));
    }
}
