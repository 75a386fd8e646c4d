using InfAdmm.Tests.Shared;

namespace InfAdmm.Engine.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_failed_write_leaves_what_was_there_and_nothing_else()
    {
        string file = _directory.File("a.txt");
        AtomicFile.WriteText(file, "before");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(file, stream =>
        {
            stream.WriteByte(1);
            stream.Flush();
            throw new InvalidOperationException("half-way");
        }));

        Assert.Equal("before", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void The_target_changes_only_when_all_is_written()
    {
        string file = _directory.File("a.txt");
        AtomicFile.WriteText(file, "before");
        AtomicFile.Write(file, stream =>
        {
            stream.Write("after"u8);
            stream.Flush();
            Assert.Equal("before", File.ReadAllText(file));
        });
        Assert.Equal("after", File.ReadAllText(file));
    }

    [Fact]
    public void A_link_stays_a_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string file = _directory.File("a.txt");
        string link = _directory.File("link.txt");
        AtomicFile.WriteText(file, "before");
        File.CreateSymbolicLink(link, file);

        AtomicFile.WriteText(link, "after");

        Assert.Equal("after", File.ReadAllText(file));
        Assert.NotNull(new FileInfo(link).LinkTarget);
    }

    /// <summary>
    /// Catches a check that passes although writing fails, leaves a file behind, or mentions command-line options.
    /// </summary>
    [Fact]
    public void Places_that_cannot_be_written_to_are_refused()
    {
        string missing = _directory.File("missing/a.txt");
        (string, string)[] refused = [(missing, "create it first"), (_directory.Path, "is a directory")];
        foreach ((string path, string reason) in refused)
        {
            string[] messages =
            [
                Assert.Throws<InputException>(() => AtomicFile.CheckWritable(path)).Message,
                Assert.Throws<InputException>(() => AtomicFile.WriteText(path, "")).Message,
            ];
            Assert.All(messages, message => Assert.Contains(reason, message));
            Assert.All(messages, message => Assert.Contains($"'{path}'", message));
            Assert.All(messages, message => Assert.DoesNotContain("--", message));
        }

        AtomicFile.CheckWritable(_directory.File("a.txt"));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void The_null_device_stays_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "no /dev/null");
        AtomicFile.CheckWritable("/dev/null");
        AtomicFile.WriteText("/dev/null", "gone");
        Assert.Empty(File.ReadAllBytes("/dev/null"));
    }
}
