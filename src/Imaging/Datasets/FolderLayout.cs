using System.IO.Enumeration;
using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>A folder of pictures, and its sub-folders that are parts of a data set.</summary>
public static class FolderLayout
{
    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".webp", ".bmp"];

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

    /// <summary>All pictures below a folder, or those of a part if the folder has sub-folders for them.</summary>
    public static FileImageSet Open(string folder, DataSplit split)
    {
        ILookup<DataSplit, string> parts = PartsOf(folder);

        // One alone may as well be the pictures of a class that is called so.
        if (parts.Count < 2)
        {
            return Open(folder, "not split");
        }

        string? part = parts[split].FirstOrDefault();
        if (part is null)
        {
            string present = string.Join(" and ", parts.SelectMany(names => names).Order(StringComparer.Ordinal));
            throw new InputException(
                $"'{folder}' has sub-folders {present}, none for {split.Word()}: give the sub-folder to use in its place");
        }

        return Open(Path.Combine(folder, part), $"the {split.Word()} part");
    }

    /// <summary>Paths of the pictures below a folder, with '/' between their parts, in ordinal order.</summary>
    public static string[] Find(string folder)
    {
        // Hidden files are none of the user's pictures; linked folders may lead in circles.
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false };
        var found = new FileSystemEnumerable<string>(
            folder,
            (ref FileSystemEntry entry) => Path.GetRelativePath(folder, entry.ToFullPath()),
            options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && IsPicture(entry.FileName),
            ShouldRecursePredicate = (ref FileSystemEntry entry) =>
                (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        string[] names = [.. found.Select(name => name.Replace(Path.DirectorySeparatorChar, '/'))];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    private static FileImageSet Open(string folder, string part)
    {
        string[] names = Find(folder);
        if (names.Length == 0)
        {
            throw new InputException(
                $"'{folder}' holds no pictures: give a folder with PNG, JPEG, WebP or BMP files, " +
                "or one with MNIST's idx files");
        }

        return new FileImageSet(folder, names, $"'{folder}', {part}: {ImageSets.Images(names.Length)}");
    }

    private static ILookup<DataSplit, string> PartsOf(string folder) =>
        Directory.EnumerateDirectories(folder)
            .Select(path => Path.GetFileName(path))
            .Where(Parts.ContainsKey)
            .Order(StringComparer.Ordinal)
            .ToLookup(name => Parts[name]);

    private static bool IsPicture(ReadOnlySpan<char> name)
    {
        foreach (string extension in Extensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
