using InfAdmm.Cli.Archives;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>Paths with wildcards.</summary>
public sealed class FilePatternTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches wildcards that match too much or too little, and folders that appear twice or in a circle.</summary>
    [Theory]
    [InlineData("*.png", "a.png", "b.png")]
    [InlineData("?.png", "a.png", "b.png")]
    [InlineData("a.*", "a.jpg", "a.png")]
    [InlineData("s/*.png", "c.png")]
    [InlineData("s*/*.png", "s/c.png", "s2/e.png")]
    [InlineData("**/*.png", "a.png", "b.png", "s/c.png", "s/t/d.png", "s2/e.png")]
    [InlineData("**/t/**/*.png", "s/t/d.png")]
    [InlineData("s/**", "c.png", "t/d.png")]
    [InlineData("none/*.png")]
    [InlineData("*/none.png")]
    public void Wildcards_are_within_names_and_double_ones_any_folders(string pattern, params string[] expected)
    {
        foreach (string name in (string[])["a.png", "a.jpg", "b.png", "s/c.png", "s/t/d.png", "s2/e.png", ".hidden/f.png", ".g.png"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_directory.File(name))!);
            File.WriteAllText(_directory.File(name), "");
        }

        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights");
        Directory.CreateSymbolicLink(_directory.File("s/circle"), _directory.Path);

        string text = _directory.File(pattern);
        Assert.True(FilePattern.Is(text));
        Assert.Equal(expected, FilePattern.Parse(text).Find());
    }

    /// <summary>Catches a file whose name contains a wildcard and that is taken for a pattern.</summary>
    [Fact]
    public void Names_of_files_are_no_patterns()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "such names cannot exist");
        string file = _directory.File("what?.png");
        Assert.True(FilePattern.Is(file));
        File.WriteAllText(file, "");
        Assert.False(FilePattern.Is(file));
        Assert.False(FilePattern.Is(_directory.File("plain.png")));
    }
}
