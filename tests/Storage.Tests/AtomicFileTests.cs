using System.Net.Sockets;
using InfAdmm.Engine;
using InfAdmm.Tests.Shared;
using Mono.Unix.Native;

namespace InfAdmm.Storage.Tests;

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

    /// <summary>Catches a check that passes where writing fails, leaves a file behind, or speaks of options.</summary>
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

    /// <summary>Catches a pipe that is replaced by a file: what reads from it would wait for ever.</summary>
    [Fact]
    public async Task A_pipe_stays_one_and_gets_the_contents()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no FIFOs");
        string pipe = _directory.File("pipe");
        Assert.Equal(0, Syscall.mkfifo(pipe, FilePermissions.S_IRUSR | FilePermissions.S_IWUSR));
        AtomicFile.CheckWritable(pipe);
        Task<string> reading = Task.Run(() => File.ReadAllText(pipe), TestContext.Current.CancellationToken);
        AtomicFile.WriteText(pipe, "through");
        Assert.Equal("through", await reading);
        Assert.Equal(FileKind.Pipe, FileKinds.Of(pipe));
        Assert.Equal([pipe], Directory.GetFiles(_directory.Path));
    }

    /// <summary>Catches a device that is replaced by a file. The node is the test's own, in a folder of its own.</summary>
    [Fact]
    public void A_device_node_stays_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "no device nodes");
        string node = _directory.File("null");
        const ulong NullDevice = (1 << 8) | 3;
        Assert.SkipUnless(
            Syscall.mknod(node, FilePermissions.S_IFCHR | FilePermissions.S_IRUSR | FilePermissions.S_IWUSR, NullDevice) == 0,
            "no permission to create device nodes");
        AtomicFile.CheckWritable(node);
        AtomicFile.WriteText(node, "gone");
        Assert.Equal(FileKind.CharacterDevice, FileKinds.Of(node));
        Assert.Empty(File.ReadAllBytes(node));
    }

    [Fact]
    public void A_socket_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sockets are not files");
        string path = _directory.File("s");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        Assert.Contains("is a socket", Assert.Throws<InputException>(() => AtomicFile.WriteText(path, "x")).Message);
    }

    /// <summary>Catches a link to a file that does not exist yet being replaced by the file.</summary>
    [Fact]
    public void A_link_to_a_missing_file_is_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string file = _directory.File("a.txt");
        string link = _directory.File("link.txt");
        File.CreateSymbolicLink(link, "a.txt");
        AtomicFile.WriteText(link, "new");
        Assert.Equal("new", File.ReadAllText(file));
        Assert.NotNull(new FileInfo(link).LinkTarget);
    }

    [Fact]
    public void A_circle_of_links_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        string link = _directory.File("a");
        File.CreateSymbolicLink(link, "b");
        File.CreateSymbolicLink(_directory.File("b"), "a");
        Assert.Contains($"'{link}'", Assert.Throws<InputException>(() => AtomicFile.WriteText(link, "x")).Message);
    }

    /// <summary>Catches permissions lost: a private file that others may read after it is written again.</summary>
    [Fact]
    public void Permissions_are_kept()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("no Unix permissions");
            return;
        }

        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        string file = _directory.File("a.txt");
        AtomicFile.WriteText(file, "before");
        File.SetUnixFileMode(file, Mode);
        AtomicFile.WriteText(file, "after");
        Assert.Equal(Mode, File.GetUnixFileMode(file));
    }

    /// <summary>Catches memory-backed folders under the prefix of devices taken for devices, and appended to.</summary>
    [Fact]
    public void A_file_in_shared_memory_is_a_file()
    {
        const string SharedMemory = "/dev/shm";
        Assert.SkipUnless(Directory.Exists(SharedMemory), "no shared memory folder");
        DirectoryInfo own = Directory.CreateTempSubdirectory();
        string folder = Path.Combine(SharedMemory, own.Name);
        Directory.CreateDirectory(folder);
        try
        {
            string file = Path.Combine(folder, "a.txt");
            AtomicFile.WriteText(file, "first");
            AtomicFile.WriteText(file, "second");
            Assert.Equal("second", File.ReadAllText(file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
            own.Delete();
        }
    }

    /// <summary>Catches temporary files that stay for ever after a kill, and those of a running process removed.</summary>
    [Fact]
    public void Temporary_files_of_killed_processes_are_removed_and_those_in_use_are_not()
    {
        string abandoned = _directory.File(".infadmm-abandoned.tmp");
        File.WriteAllText(abandoned, "half");
        string file = _directory.File("a.txt");
        AtomicFile.Write(file, stream =>
        {
            Assert.False(File.Exists(abandoned));
            string own = Assert.Single(Directory.GetFiles(_directory.Path));
            AtomicFile.WriteText(_directory.File("b.txt"), "beside");
            Assert.True(File.Exists(own));
            stream.Write("after"u8);
        });
        Assert.Equal("after", File.ReadAllText(file));
        Assert.Equal([file, _directory.File("b.txt")], Directory.GetFiles(_directory.Path).Order());
    }

    /// <summary>Catches threads that remove each other's temporary files.</summary>
    [Fact]
    public void Many_threads_write_to_one_directory()
    {
        Parallel.For(0, 400, i => AtomicFile.WriteText(_directory.File($"{i % 20}.txt"), $"{i % 20}"));
        Assert.Equal(20, Directory.GetFiles(_directory.Path).Length);
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal($"{i}", File.ReadAllText(_directory.File($"{i}.txt"))));
    }
}
