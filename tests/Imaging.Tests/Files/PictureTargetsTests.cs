using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Catches a result that would overwrite an input picture, whatever path leads to it.</summary>
public sealed class PictureTargetsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public PictureTargetsTests()
    {
        SampleFiles.WritePictures(_directory.Path, "a.png", "b.jpg");
        Directory.CreateDirectory(Out);
    }

    private string Out => _directory.File("out");

    private string Picture => _directory.File("a.png");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Results_are_named_after_their_pictures()
    {
        File.WriteAllText(Path.Combine(Out, "a.png"), "an earlier result");
        Assert.Equal(
            [Path.Combine(Out, "a.png"), Path.Combine(Out, "b.png")],
            PictureTargets.For([Picture, _directory.File("b.jpg")], Out));
    }

    [Fact]
    public void Equal_names_are_refused() =>
        AssertRefused("separate", Out, Picture, Path.Combine("elsewhere", "a.png"));

    [Fact]
    public void Another_spelling_is_the_same_file()
    {
        AssertRefused("overwritten", _directory.Path, Picture);
        AssertRefused("overwritten", Path.Combine(Out, ".."), Picture);
    }

    [Fact]
    public void A_link_to_the_folder_is_the_same_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string here = _directory.File("here");
        Directory.CreateSymbolicLink(here, ".");
        AssertRefused("overwritten", here, Picture);
        AssertRefused("overwritten", _directory.Path, Path.Combine(here, "a.png"));

        // An empty file is identified by its path only, not by locking it.
        File.WriteAllBytes(Picture, []);
        AssertRefused("overwritten", here, Picture);
    }

    [Fact]
    public void Links_between_pictures_are_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        File.CreateSymbolicLink(Path.Combine(Out, "a.png"), Path.Combine("..", "a.png"));
        AssertRefused("overwritten", Out, Picture);

        // The reverse case: the picture is a link to the file that would be written.
        string other = _directory.File("other");
        SampleFiles.WritePictures(other, "c.png");
        File.CreateSymbolicLink(_directory.File("c.png"), Path.Combine(other, "c.png"));
        AssertRefused("overwritten", other, _directory.File("c.png"));
    }

    [Fact]
    public void A_hard_link_is_the_same_file_and_a_copy_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "made by ln");
        using var link = Process.Start("ln", [Picture, Path.Combine(Out, "a.png")]);
        link.WaitForExit();
        AssertRefused("overwritten", Out, Picture);

        File.Delete(Path.Combine(Out, "a.png"));
        File.Copy(Picture, Path.Combine(Out, "a.png"));
        Assert.Single(PictureTargets.For([Picture], Out));
    }


    private static void AssertRefused(string reason, string directory, params string[] files)
    {
        InputException refusal = Assert.Throws<InputException>(() => PictureTargets.For(files, directory));
        Assert.Contains(reason, refusal.Message);
        Assert.DoesNotContain("--", refusal.Message);
    }
}
