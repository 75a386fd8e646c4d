using System.IO.Enumeration;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Storage;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// Any folder with pictures in it or its sub-folders. Sub-folders named train, val and test (or training, valid,
/// validation, testing; in upper or lower case) are parts, if at least two of the three exist.
/// </summary>
public sealed class FolderDataSet : IDataSetKind
{
    private static readonly Dictionary<string, DataSplit> Parts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = DataSplit.Train,
        ["training"] = DataSplit.Train,
        ["val"] = DataSplit.Validation,
        ["valid"] = DataSplit.Validation,
        ["validation"] = DataSplit.Validation,
        ["test"] = DataSplit.Test,
        ["testing"] = DataSplit.Test,
    };

    /// <inheritdoc/>
    public string Name => $"a folder of {ImageFile.Formats} pictures";

    /// <summary>True for any folder.</summary>
    public bool Recognizes(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public IImageSet Open(string path, DataSplit split)
    {
        ILookup<DataSplit, string> parts = PartsOf(path);

        // A single one can also be a class of pictures that has this name.
        if (parts.Count < 2)
        {
            return OpenAll(path, "not split");
        }

        string? part = parts[split].FirstOrDefault();
        if (part is null)
        {
            string present = string.Join(" and ", parts.SelectMany(names => names).Order(StringComparer.Ordinal));
            throw new InputException(
                $"'{path}' has the sub-folders {present}, but none for {split.Word()}: give the sub-folder to use");
        }

        return OpenAll(Path.Combine(path, part), $"the {split.Word()} part");
    }

    /// <summary>
    /// The paths of all pictures below a folder, recognised by their extensions, with '/' between their parts, in
    /// ordinal order. Hidden files, pipes and devices are left out, and links to folders are not followed because they may form a circle.
    /// </summary>
    public static string[] Find(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false };
        var found = new FileSystemEnumerable<string>(
            folder,
            (ref FileSystemEntry entry) => Path.GetRelativePath(folder, entry.ToFullPath()),
            options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) =>
                !entry.IsDirectory && ImageFile.HasPictureExtension(entry.FileName)
                    && FileKinds.Of(entry.ToFullPath()) is FileKind.Regular or FileKind.Missing,
            ShouldRecursePredicate = (ref FileSystemEntry entry) =>
                (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        string[] names = [.. found.Select(name => name.Replace(Path.DirectorySeparatorChar, '/'))];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    private static FileImageSet OpenAll(string folder, string part)
    {
        string[] names = Find(folder);
        if (names.Length == 0)
        {
            throw new InputException($"'{folder}' contains no pictures: give {ImageSets.KindNames}");
        }

        return new FileImageSet(
            folder,
            [.. names.Select(name => new ListedFile(name))],
            $"'{folder}', {part}: {ImageSets.Images(names.Length)}");
    }

    private static ILookup<DataSplit, string> PartsOf(string folder) =>
        Directory.EnumerateDirectories(folder)
            .Select(path => Path.GetFileName(path))
            .Where(Parts.ContainsKey)
            .Order(StringComparer.Ordinal)
            .ToLookup(name => Parts[name]);
}
