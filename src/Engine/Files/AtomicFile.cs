using System.Text;

namespace InfAdmm.Engine;

/// <summary>
/// Files that are whole or not there: written beside their target under another name and then moved over it. A file
/// that was there before stays until then.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">The target. If it is a link, what it points to is replaced, not the link.</param>
    /// <param name="write">Writes the contents; if it throws, the target is left as it was.</param>
    /// <exception cref="InputException">The directory is missing or may not be written to.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string target = ResolveLinks(path);
        if (IsDeviceFile(target))
        {
            using FileStream device = Open(target, FileMode.Append, path);
            write(device);
            return;
        }

        string temporary = TemporaryName(target);
        try
        {
            using (FileStream stream = Open(temporary, FileMode.CreateNew, path))
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

    /// <summary>Throws unless <see cref="Write"/> could write there now; leaves no trace.</summary>
    /// <exception cref="InputException">Names the option, the file and the mend.</exception>
    public static void CheckWritable(string option, string path)
    {
        try
        {
            string target = ResolveLinks(path);
            if (IsDeviceFile(target))
            {
                return;
            }

            if (Directory.Exists(target))
            {
                throw new InputException($"'{path}' is a directory: give the name of a file in it");
            }

            string temporary = TemporaryName(target);
            Open(temporary, FileMode.CreateNew, path).Dispose();
            File.Delete(temporary);
        }
        catch (InputException failure)
        {
            throw new InputException($"{option}: {failure.Message}", failure);
        }
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
                $"cannot write '{namedByUser}': its directory does not exist; make it first", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new InputException($"cannot write '{namedByUser}': no permission; choose another place", failure);
        }
        catch (IOException failure)
        {
            throw new InputException($"cannot write '{namedByUser}': {failure.Message}; choose another place", failure);
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

    /// <summary>Moving a file over /dev/null or a shell's /dev/fd/63 would replace it, or fail.</summary>
    private static bool IsDeviceFile(string target) =>
        target.StartsWith("/dev/", StringComparison.Ordinal) || target.StartsWith("/proc/", StringComparison.Ordinal);
}
