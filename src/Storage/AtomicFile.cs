using System.Text;
using InfAdmm.Engine;

namespace InfAdmm.Storage;

/// <summary>
/// Writes files completely or not at all: to a temporary file in the same directory, which is flushed to the disk and
/// then renamed to the target. An existing file stays unchanged until then and passes on its permissions. A link is
/// followed: the file that it points to is replaced. Terminals and pipes cannot be replaced; the whole contents are
/// written to them once they are complete. An input of the current <see cref="FileScope"/> is never replaced.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The target.</param>
    /// <param name="write">Writes the contents; if it throws, the target is unchanged.</param>
    /// <exception cref="InputException">The path cannot be written; the message names it and the fix.</exception>
    /// <exception cref="IOException">Writing failed, as on a full disk; the message names the path.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string target = ResolveLinks(path);
        if (CanBeReplaced(target, path))
        {
            Replace(target, path, write);
        }
        else
        {
            WriteThrough(target, path, write);
        }
    }

    /// <summary>Writes text in UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Throws unless <see cref="Write"/> can write to a path now. No file is left behind.</summary>
    /// <param name="path">The target.</param>
    /// <exception cref="InputException">It cannot be written; the message names the file and the fix.</exception>
    public static void CheckWritable(string path)
    {
        string target = ResolveLinks(path);
        if (CanBeReplaced(target, path))
        {
            string directory = Path.GetDirectoryName(target)!;
            TemporaryFile.RemoveAbandoned(directory);
            using TemporaryFile temporary = Open(path, () => TemporaryFile.Create(directory));
        }
    }

    /// <summary>Throws unless files can be created in a directory now. No file is left behind.</summary>
    /// <exception cref="InputException">They cannot; the message names the directory and the fix.</exception>
    public static void CheckDirectory(string path)
    {
        string directory = Path.GetFullPath(path);
        TemporaryFile.RemoveAbandoned(directory);
        using TemporaryFile temporary = Open(path, () => TemporaryFile.Create(directory));
    }

    private static void Replace(string target, string path, Action<Stream> write)
    {
        string directory = Path.GetDirectoryName(target)!;
        TemporaryFile.RemoveAbandoned(directory);
        using TemporaryFile temporary = Open(path, () => TemporaryFile.Create(directory));
        NamingFailures(path, () =>
        {
            write(temporary.Stream);
            temporary.Stream.Flush(flushToDisk: true);
            if (!OperatingSystem.IsWindows() && File.Exists(target))
            {
                File.SetUnixFileMode(temporary.Path, File.GetUnixFileMode(target));
            }

            temporary.MoveTo(target);
            FileStatus.Flush(directory);
        });
    }

    private static void WriteThrough(string target, string path, Action<Stream> write)
    {
        var contents = new MemoryStream();
        write(contents);
        contents.Position = 0;
        FileScope.Wait(() =>
        {
            using FileStream stream = Open(path, () => new FileStream(
                target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0));
            NamingFailures(path, () => contents.CopyTo(stream));
            return true;
        });
    }

    private static void NamingFailures(string path, Action write)
    {
        try
        {
            write();
        }
        catch (IOException failure)
        {
            throw new IOException($"cannot write '{path}': {Reason(failure)}", failure);
        }
    }

    /// <summary>The system's reason without the name of the temporary file, which .NET appends.</summary>
    private static string Reason(IOException failure) => failure.Message.Split(" : '")[0];

    /// <summary>Whether the target is a file, or may become one.</summary>
    private static bool CanBeReplaced(string target, string path)
    {
        switch (FileKinds.Of(target))
        {
            case FileKind.Directory:
                throw new InputException($"'{path}' is a directory: give the name of a file in it");
            case FileKind.BlockDevice:
                throw new InputException($"'{path}' is a disk, not a file: give the name of a file");
            case FileKind.Socket:
                throw new InputException($"'{path}' is a socket, not a file: give the name of a file");
            case FileKind.CharacterDevice or FileKind.Pipe:
                return false;
            default:
                FileScope.CheckReplaceable(target);
                return true;
        }
    }

    private static T Open<T>(string path, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (DirectoryNotFoundException failure)
        {
            throw new InputException($"cannot write '{path}': its directory does not exist; create it first", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new InputException($"cannot write '{path}': no permission; choose another place", failure);
        }
        catch (IOException failure)
        {
            throw new InputException($"cannot write '{path}': {Reason(failure)}; choose another place", failure);
        }
    }

    /// <summary>The path that the last link of a chain points to, whether or not a file exists there.</summary>
    private static string ResolveLinks(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            return new FileInfo(full).LinkTarget is null
                ? full
                : File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (IOException failure)
        {
            throw new InputException($"cannot write '{path}': {Reason(failure)}; choose another place", failure);
        }
    }
}
