namespace InfAdmm.Storage;

/// <summary>
/// Which file a path leads to: two paths with equal identities are one file, by another spelling, a link in any part or a
/// hard link. Device and inode where the system has them; elsewhere the path without links, which does not recognise
/// hard links.
/// </summary>
/// <param name="Text">The identity; comparable within one run of a program.</param>
public readonly record struct FileIdentity(string Text)
{
    private const int LongestChain = 64;

    /// <summary>The identity of the file or directory that a path leads to; null if there is none.</summary>
    public static FileIdentity? Of(string path)
    {
        if (FileStatus.Of(path) is { } status)
        {
            return new FileIdentity($"{status.st_dev}:{status.st_ino}");
        }

        if (!Path.Exists(path))
        {
            return null;
        }

        string real = RealPath(path);
        return new FileIdentity(OperatingSystem.IsWindows() ? real.ToUpperInvariant() : real);
    }

    /// <summary>
    /// The identity of the file that writing to a path replaces or creates: of a file that does not exist yet, its path
    /// without links.
    /// </summary>
    public static FileIdentity OfTarget(string path) => Of(path) ?? new FileIdentity(
        OperatingSystem.IsWindows() ? RealPath(path).ToUpperInvariant() : RealPath(path));

    /// <summary>The path without links in any of its parts; parts that do not exist stay as they are.</summary>
    internal static string RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        for (int i = 0; i < LongestChain; i++)
        {
            if (FollowFirstLink(full) is not { } next)
            {
                return full;
            }

            full = next;
        }

        throw new IOException($"'{path}' leads through more than {LongestChain} links");
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
}
