using System.Text;

namespace InfAdmm.Engine;

/// <summary>
/// Writes files completely or not at all: to a temporary file in the same directory, which is then moved to the target.
/// An existing file stays unchanged until then.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The target. If it is a link, the file that it points to is replaced, not the link.</param>
    /// <param name="write">Writes the contents; if it throws, the target is unchanged.</param>
    /// <exception cref="InputException">The directory is missing or not writable.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string target = ResolveLinks(path);
        if (IsDeviceFile(target))
        {
            using FileStream device = Open(target, FileMode.Append, path);
            write(device);
            return;
        }

        ThrowIfDirectory(target, path);
        string temporary = TemporaryName(target);
        FileStream stream = Open(temporary, FileMode.CreateNew, path);
        try
        {
            using (stream)
            {
                write(stream);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes text in UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Checks that <see cref="Write"/> can write to a path now. No file is left behind.</summary>
    /// <param name="path">The target.</param>
    /// <exception cref="InputException">The path cannot be written; the message names the file and the fix.</exception>
    public static void CheckWritable(string path)
    {
        string target = ResolveLinks(path);
        if (IsDeviceFile(target))
        {
            return;
        }

        ThrowIfDirectory(target, path);
        string temporary = TemporaryName(target);
        Open(temporary, FileMode.CreateNew, path).Dispose();
        File.Delete(temporary);
    }

    private static FileStream Open(string file, FileMode mode, string namedByUser)
    {
        try
        {
            return new FileStream(file, mode, FileAccess.Write);
        }
        catch (DirectoryNotFoundException failure)
        {
            throw new InputException(
                $"cannot write '{namedByUser}': its directory does not exist; create it first", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new InputException($"cannot write '{namedByUser}': no permission; choose another path", failure);
        }
        catch (IOException failure)
        {
            throw new InputException($"cannot write '{namedByUser}': {failure.Message}; choose another path", failure);
        }
    }

    private static void ThrowIfDirectory(string target, string namedByUser)
    {
        if (Directory.Exists(target))
        {
            throw new InputException($"'{namedByUser}' is a directory: give the name of a file in it");
        }
    }

    private static string TemporaryName(string target)
    {
        string directory = Path.GetDirectoryName(target)!;
        return Path.Combine(directory, $".{Path.GetRandomFileName()}.tmp");
    }

    private static string ResolveLinks(string path)
    {
        string full = Path.GetFullPath(path);
        FileSystemInfo? linked = File.Exists(full) && !IsDeviceFile(full)
            ? File.ResolveLinkTarget(full, returnFinalTarget: true)
            : null;
        return linked?.FullName ?? full;
    }

    /// <summary>Devices and pipes such as /dev/fd/63 are written directly: a move would replace them or fail.</summary>
    private static bool IsDeviceFile(string target) =>
        target.StartsWith("/dev/", StringComparison.Ordinal) || target.StartsWith("/proc/", StringComparison.Ordinal);
}
