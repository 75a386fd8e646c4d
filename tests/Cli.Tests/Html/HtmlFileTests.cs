using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>What <c>report.html</c> may replace, and what becomes of the results where it cannot be written.</summary>
public sealed class HtmlFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Out => _directory.File("out");

    private string Report => Path.Combine(Out, "report.html");

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches a page of another program that is destroyed, and an old report that is kept.</summary>
    [Fact]
    public void Only_reports_of_this_program_are_replaced()
    {
        Directory.CreateDirectory(Out);
        const string Foreign = "<!DOCTYPE html>\n<title>of another program</title>";
        File.WriteAllText(Report, Foreign);
        Laplace().AssertUsageError("--out", Report, "another folder");
        Restore().AssertUsageError("--out", Report, "another folder");
        CommandLine.Run("evaluate", "--task", "sr4", "--data", _directory.Path, "--out", Out, "--device", "cpu")
            .AssertUsageError("--out", Report, "another folder");
        Assert.Equal(Foreign, File.ReadAllText(Report));
        Assert.Equal([Report], Directory.GetFiles(Out));

        File.Delete(Report);
        Assert.Equal(ExitCode.Done, Laplace().ExitCode);
        Assert.Contains("<h1>infadmm laplace</h1>", File.ReadAllText(Report));
        Assert.Equal(ExitCode.Done, Restore().ExitCode);
        Assert.Contains("<h1>infadmm restore</h1>", File.ReadAllText(Report));
    }

    /// <summary>Catches two reports that go to one file, and a folder in the way that is found after the computation.</summary>
    [Fact]
    public void What_cannot_be_written_is_refused_before_the_run()
    {
        Restore("--json", Report).AssertUsageError("--json", Report);
        Assert.False(Directory.Exists(Out));
        Directory.CreateDirectory(Report);
        Restore().AssertUsageError("--out", Report);
        Assert.Equal([Report], Directory.GetFileSystemEntries(Out));
    }

    /// <summary>Catches a report of nothing, and one that --quiet or a pipe changes.</summary>
    [Fact]
    public void It_is_written_only_where_something_was_restored()
    {
        string text = _directory.File("text.png");
        File.WriteAllText(text, "no picture");
        Assert.Equal(ExitCode.Usage, CommandLine.Run("restore", text, "--task", "deblur", "--out", Out, "--device", "cpu").ExitCode);
        Assert.False(Directory.Exists(Out));

        CommandLine quiet = Restore("--quiet");
        Assert.True(File.Exists(Report));
        Assert.Empty(quiet.Error);
        Assert.DoesNotContain("report.html", quiet.Out);
    }

    /// <summary>Catches a failing report that takes pictures or the JSON report with it, or that passes silently.</summary>
    [Fact]
    public void A_report_that_fails_loses_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        Directory.CreateDirectory(Out);
        File.CreateSymbolicLink(Report, "/dev/full");
        Assert.SkipUnless(File.Exists("/dev/full"), "no full device");
        string json = _directory.File("report.json");
        CommandLine run = Restore("--json", json);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.StartsWith("error: ", run.LastErrorLine);
        Assert.Contains("report.html", run.LastErrorLine);
        Assert.NotNull(ImageFile.Read(Path.Combine(Out, "a.png")));
        Assert.Contains("a.png", File.ReadAllText(json));
    }

    private CommandLine Laplace() => CommandLine.Run(
        "laplace", "--size", "32", "--iterations", "2", "--repeat", "1", "--solvers", "fft", "--device", "cpu", "--out", Out);

    private CommandLine Restore(params string[] more)
    {
        string file = _directory.File("a.png");
        SampleFiles.WritePicture(file, 3, 20, 24);
        return CommandLine.Run(["restore", file, "--task", "deblur", "--device", "cpu", "--out", Out, .. more]);
    }
}
