using InfAdmm.Tests.Shared;
using Mono.Unix.Native;

namespace InfAdmm.Storage.Tests;

/// <summary>A file is recognised by every path that leads to it.</summary>
public sealed class FileSetTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_file_is_found_by_other_spellings()
    {
        string file = Create("a.png");
        var set = new FileSet([file]);
        Assert.Equal(file, set.Find(Path.Combine(_directory.Path, ".", "b", "..", "a.png").Replace("b/../", "")));
        Assert.Equal(file, set.Find(Path.GetRelativePath(Environment.CurrentDirectory, file)));
    }

    /// <summary>Catches identity judged by the path's spelling.</summary>
    [Fact]
    public void A_file_is_found_through_links()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string file = Create("a.png");
        string folder = _directory.File("here");
        File.CreateSymbolicLink(folder, ".");
        string link = _directory.File("link.png");
        File.CreateSymbolicLink(link, "a.png");
        string hard = _directory.File("hard.png");
        Assert.Equal(0, Syscall.link(file, hard));
        var set = new FileSet([file]);
        Assert.Equal(file, set.Find(Path.Combine(folder, "a.png")));
        Assert.Equal(file, set.Find(link));
        Assert.Equal(file, set.Find(hard));
        Assert.Equal(link, new FileSet([link]).Find(file));
    }

    /// <summary>Catches files taken for one because they are equal.</summary>
    [Fact]
    public void Another_file_with_the_same_contents_is_another_file()
    {
        var set = new FileSet([Create("a.png")]);
        Assert.Null(set.Find(Create("b.png")));
        Assert.Null(set.Find(_directory.File("missing.png")));
    }

    private string Create(string name)
    {
        string file = _directory.File(name);
        File.WriteAllText(file, "same");
        return file;
    }
}
