using System.IO.Enumeration;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Archives;

/// <summary>
/// A path with wildcards that no shell has expanded: <c>*</c> and <c>?</c> within a name, and <c>**</c> for any number of
/// folders. Hidden files, pipes and devices are left out, and links to folders are not followed.
/// </summary>
internal sealed class FilePattern
{
    private const string AnyFolders = "**";

    private static readonly EnumerationOptions Visible = new() { IgnoreInaccessible = false };

    private readonly string[] _names;

    private FilePattern(string folder, string[] names) => (Folder, _names) = (folder, names);

    /// <summary>The folder in front of the first wildcard.</summary>
    public string Folder { get; }

    /// <summary>Whether a path has wildcards, and is not simply the name of something.</summary>
    public static bool Is(string path) => HasWildcard(path) && !Path.Exists(path);

    /// <summary>Reads a pattern.</summary>
    public static FilePattern Parse(string text)
    {
        string[] parts = text.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        int literal = Array.FindIndex(parts, HasWildcard);
        string folder = string.Join(Path.DirectorySeparatorChar, parts[..literal]);
        string[] names = parts[literal..];
        return new FilePattern(
            literal == 0 ? "." : folder.Length == 0 ? Path.DirectorySeparatorChar.ToString() : folder,
            names[^1] == AnyFolders ? [.. names, "*"] : names);
    }

    /// <summary>The files that it describes, below <see cref="Folder"/>, in ordinal order, with '/' between their parts.</summary>
    public string[] Find()
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        if (Directory.Exists(Folder))
        {
            Find(new DirectoryInfo(Folder), "", 0, found);
        }

        return [.. found];
    }

    private void Find(DirectoryInfo folder, string prefix, int part, SortedSet<string> found)
    {
        string name = _names[part];
        if (part == _names.Length - 1)
        {
            found.UnionWith(folder.EnumerateFiles("*", Visible)
                .Where(file => Matches(name, file) && FileKinds.Of(file.FullName) is FileKind.Regular or FileKind.Missing)
                .Select(file => prefix + file.Name));
            return;
        }

        if (name == AnyFolders)
        {
            Find(folder, prefix, part + 1, found);
        }

        foreach (DirectoryInfo below in folder.EnumerateDirectories("*", Visible).Where(below => below.LinkTarget is null))
        {
            if (name == AnyFolders)
            {
                Find(below, $"{prefix}{below.Name}/", part, found);
            }
            else if (Matches(name, below))
            {
                Find(below, $"{prefix}{below.Name}/", part + 1, found);
            }
        }
    }

    private static bool Matches(string pattern, FileSystemInfo entry) => FileSystemName.MatchesSimpleExpression(
        pattern, entry.Name, ignoreCase: OperatingSystem.IsWindows() || OperatingSystem.IsMacOS());

    private static bool HasWildcard(string text) => text.AsSpan().ContainsAny('*', '?');
}
