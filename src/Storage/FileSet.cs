namespace InfAdmm.Storage;

/// <summary>Files that are recognised by any path that leads to them.</summary>
public sealed class FileSet
{
    private readonly Dictionary<FileIdentity, string> _files = [];

    /// <summary>Creates a set of the files among some paths that exist.</summary>
    public FileSet(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            if (IdentityOf(path) is { } identity)
            {
                _files.TryAdd(identity, path);
            }
        }
    }

    /// <summary>Compares paths like the file system of this machine usually does.</summary>
    public static StringComparer PathComparer =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            ? StringComparer.OrdinalIgnoreCase
            : StringComparer.Ordinal;

    /// <summary>The path in the set that leads to the same file as another one; null if there is none.</summary>
    public string? Find(string path) =>
        FileIdentity.Of(path) is { } identity ? _files.GetValueOrDefault(identity) : null;

    private static FileIdentity? IdentityOf(string path)
    {
        try
        {
            return FileIdentity.Of(path);
        }
        catch (IOException)
        {
            // Links in a circle lead to no file.
            return null;
        }
    }
}
