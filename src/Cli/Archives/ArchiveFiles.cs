using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;
using InfAdmm.Storage;

namespace InfAdmm.Cli.Archives;

/// <summary>A picture of an archive.</summary>
/// <param name="Name">Its name in the archive, with '/' between folders: what the manifest and the shards go by.</param>
/// <param name="Path">Where it is.</param>
internal sealed record ArchiveFile(string Name, string Path)
{
    /// <summary>Where its result goes: below a folder, under the same name, as PNG.</summary>
    public string TargetIn(string directory) =>
        System.IO.Path.Combine(directory, System.IO.Path.ChangeExtension(Name, ".png"));
}

/// <summary>The pictures that folders, patterns, lists or single files name.</summary>
internal static class ArchiveFiles
{
    /// <summary>Whether arguments are folders and patterns alone, which makes them an archive.</summary>
    public static bool Are(IReadOnlyList<string> arguments) => arguments.Count > 0 && arguments.All(IsGroup);

    /// <summary>
    /// Finds the pictures, in ordinal order of their names: those in a folder by their path below it, those of a pattern
    /// by their path below the folder in front of its first wildcard, listed ones by their path as it is listed, single
    /// ones by their file name. What a folder or a pattern includes is left out if it has no extension of a picture, or is
    /// below the folder for the results.
    /// </summary>
    /// <param name="arguments">Folders, patterns and files.</param>
    /// <param name="list">A text file with a path in each line; null for none.</param>
    /// <param name="directory">The folder for the results.</param>
    /// <exception cref="InputException">
    /// There are no pictures, two have the same result, or a list cannot be read; the message says which.
    /// </exception>
    public static IReadOnlyList<ArchiveFile> Find(
        IReadOnlyList<string> arguments, string? list, string directory)
    {
        var results = new FolderTree(directory);
        List<ArchiveFile> files =
        [
            .. arguments.SelectMany(argument => Named(argument, results)),
            .. list is null ? [] : OptionErrors.Naming("--list", () => Listed(list)),
        ];
        files.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        CheckTargets(files, directory);
        return files;
    }

    private static bool IsGroup(string argument) => Directory.Exists(argument) || FilePattern.Is(argument);

    private static ArchiveFile[] Named(string argument, FolderTree results)
    {
        if (!IsGroup(argument))
        {
            return [new ArchiveFile(Path.GetFileName(argument), argument)];
        }

        if (Directory.Exists(argument) && results.Is(argument))
        {
            throw new InputException($"--out: '{argument}' is the folder of the pictures; choose another for the results");
        }

        (string folder, string[] names) = Search(argument);

        // Names that are not UTF-8 may all look the same.
        ArchiveFile[] files =
        [
            .. names.Distinct().Where(name => !results.Contains(folder, name))
                .Select(name => new ArchiveFile(name, Path.Combine(folder, name))),
        ];
        return files.Length > 0
            ? files
            : throw new InputException($"'{argument}' has no pictures: give {ImageFile.Formats} files");
    }

    private static (string Folder, string[] Names) Search(string argument)
    {
        try
        {
            if (Directory.Exists(argument))
            {
                return (argument, FolderDataSet.Find(argument));
            }

            var pattern = FilePattern.Parse(argument);
            return (pattern.Folder, [.. pattern.Find().Where(name => ImageFile.HasPictureExtension(name))]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"'{argument}' cannot be searched: {failure.Message.TrimEnd('.')}; make it readable, or name the pictures with " +
                "--list",
                failure);
        }
    }

    /// <summary>Relative paths stay as they are; those that lead elsewhere are named from the root.</summary>
    private static ArchiveFile[] Listed(string list)
    {
        string here = Directory.GetCurrentDirectory();
        ArchiveFile[] files =
        [
            .. Lines(list).Where(line => line.Length > 0).Select(line =>
            {
                string full = Path.GetFullPath(line);
                string below = Path.GetRelativePath(here, full);
                bool isBelow = !Path.IsPathRooted(line) && !Path.IsPathRooted(below)
                    && below.Split(Path.DirectorySeparatorChar)[0] != "..";
                string name = isBelow ? below : Path.GetRelativePath(Path.GetPathRoot(full)!, full);
                return new ArchiveFile(name.Replace(Path.DirectorySeparatorChar, '/'), line);
            }),
        ];
        return files.Length > 0 ? files : throw new InputException($"'{list}' lists no pictures: write one path a line");
    }

    private static string[] Lines(string list)
    {
        try
        {
            return [.. InputFile.ReadLines(list)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"'{list}' cannot be read: {failure.Message.TrimEnd('.')}; give a file that exists and is readable", failure);
        }
    }

    private static void CheckTargets(IReadOnlyList<ArchiveFile> files, string directory)
    {
        var targets = new Dictionary<string, ArchiveFile>(FileSet.PathComparer);
        foreach (ArchiveFile file in files)
        {
            string target = file.TargetIn(directory);
            if (!targets.TryAdd(target, file))
            {
                throw new InputException(
                    $"'{targets[target].Path}' and '{file.Path}' would both be written to '{target}': rename one, or restore " +
                    "them in separate runs with different folders");
            }
        }
    }

    /// <summary>The folder of the results, recognised by whatever path leads to it.</summary>
    private sealed class FolderTree(string root)
    {
        private readonly FileIdentity _root = FileIdentity.OfTarget(root);
        private readonly Dictionary<string, bool> _known = [];

        public bool Is(string folder) => FileIdentity.Of(folder) == _root;

        /// <summary>Whether a file below a folder lies in the tree, though the folder does not.</summary>
        public bool Contains(string folder, string name)
        {
            int end = name.LastIndexOf('/');
            if (end < 0)
            {
                return false;
            }

            string parent = name[..end];
            string path = Path.Combine(folder, parent);
            if (!_known.TryGetValue(path, out bool contains))
            {
                contains = Is(path) || Contains(folder, parent);
                _known.Add(path, contains);
            }

            return contains;
        }
    }
}
