namespace InfAdmm.Imaging.Files;

/// <summary>Files that are recognised by any path that leads to them: another spelling, a link, a hard link.</summary>
internal sealed class FileSet
{
    private const int LongestChain = 64;

    private readonly Dictionary<string, string> _byRealPath = new(PathComparer);
    private readonly ILookup<long, string> _byLength;

    /// <summary>A set of files, which need not exist.</summary>
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

    /// <summary>The file of the set that a path leads to; null if it leads to none of them.</summary>
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

    /// <summary>The path without links in any of its parts; parts that do not exist stay as they are.</summary>
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
    /// .NET has no file numbers to compare, but a file that is open for one user alone cannot be opened by another: if
    /// the second path opens only while the first is closed, both are one file.
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
