namespace InfAdmm.Imaging.Files;

/// <summary>
/// A set of files in which a file is found by any path to it: another spelling, a link or a hard link.
/// </summary>
internal sealed class FileSet
{
    private const int LongestChain = 64;

    private readonly Dictionary<string, string> _byRealPath = new(PathComparer);
    private readonly ILookup<long, string> _byLength;

    /// <summary>Creates a set of files, which need not exist.</summary>
    public FileSet(IReadOnlyList<string> files)
    {
        foreach (string file in files)
        {
            _byRealPath.TryAdd(RealPath(file), file);
        }

        _byLength = files.Where(File.Exists).ToLookup(file => new FileInfo(RealPath(file)).Length);
    }

    /// <summary>Compares paths like the file system of this machine usually does.</summary>
    public static StringComparer PathComparer =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            ? StringComparer.OrdinalIgnoreCase
            : StringComparer.Ordinal;

    /// <summary>Returns the file of the set that a path refers to; null if there is none.</summary>
    public string? Find(string path)
    {
        string real = RealPath(path);
        if (_byRealPath.TryGetValue(real, out string? file))
        {
            return file;
        }

        long length = File.Exists(real) ? new FileInfo(real).Length : 0;
        return length == 0 ? null : _byLength[length].FirstOrDefault(other => AreHardLinks(other, real));
    }

    /// <summary>Resolves links in all parts of a path; parts that do not exist are unchanged.</summary>
    private static string RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        for (int i = 0; i < LongestChain; i++)
        {
            string? next = FollowFirstLink(full);
            if (next is null)
            {
                return full;
            }

            full = next;
        }

        return full;
    }

    private static string? FollowFirstLink(string full)
    {
        string root = Path.GetPathRoot(full)!;
        string[] parts = full[root.Length..].Split(
            [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        string at = root;
        for (int i = 0; i < parts.Length; i++)
        {
            string parent = at;
            at = Path.Combine(at, parts[i]);
            if (new FileInfo(at).LinkTarget is { } target)
            {
                return Path.GetFullPath(Path.Combine([parent, target, .. parts[(i + 1)..]]));
            }
        }

        return null;
    }

    /// <summary>
    /// .NET cannot compare file numbers, but a file that is opened exclusively cannot be opened again. If the second
    /// path can be opened only while the first is closed, both refer to the same file.
    /// </summary>
    private static bool AreHardLinks(string first, string second)
    {
        using (FileStream? held = TryOpenAlone(first))
        {
            if (held is null)
            {
                return false;
            }

            using FileStream? other = TryOpenAlone(second);
            if (other is not null)
            {
                return false;
            }
        }

        using FileStream? free = TryOpenAlone(second);
        return free is not null;
    }

    private static FileStream? TryOpenAlone(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
