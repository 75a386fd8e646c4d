using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// CelebA's aligned pictures with its list_eval_partition.txt: lines "name part", 0 for training, 1 for validation, 2
/// for test. Without the list its pictures are a plain folder.
/// </summary>
public static class CelebALayout
{
    private const string List = "list_eval_partition.txt";
    private const string Pictures = "img_align_celeba";

    /// <summary>Opens a part; null if a folder is none of CelebA's.</summary>
    /// <param name="folder">
    /// One with the list and the pictures, or with img_align_celeba beside the list; or img_align_celeba itself.
    /// </param>
    /// <param name="split">The part.</param>
    public static FileImageSet? Open(string folder, DataSplit split)
    {
        string list = Path.Combine(folder, List);
        string pictures = Path.Combine(folder, Pictures);
        if (!File.Exists(list) && Path.GetFileName(Path.GetFullPath(folder).TrimEnd('/', '\\')) == Pictures)
        {
            list = Path.GetFullPath(Path.Combine(folder, "..", List));
        }

        if (!File.Exists(list))
        {
            return null;
        }

        return Open(Directory.Exists(pictures) ? pictures : folder, list, split);
    }

    private static FileImageSet Open(string pictures, string list, DataSplit split)
    {
        Dictionary<string, DataSplit> parts = ReadParts(list);
        string[] present = FolderLayout.Find(pictures);
        string? unlisted = present.FirstOrDefault(name => !parts.ContainsKey(Path.GetFileName(name)));
        if (unlisted is not null)
        {
            throw new InputException($"'{list}' has no line for '{unlisted}': add one, or take the picture away");
        }

        string[] chosen = [.. present.Where(name => parts[Path.GetFileName(name)] == split)];
        int listed = parts.Values.Count(part => part == split);
        if (chosen.Length == 0)
        {
            throw new InputException(
                $"'{pictures}' has none of the {ImageSets.Images(listed)} that '{list}' puts in the {split.Word()} part: " +
                "put the aligned pictures there");
        }

        return new FileImageSet(
            pictures,
            chosen,
            $"'{pictures}', {split.Word()} part: {ImageSets.Images(chosen.Length)} of {listed:N0} in its list");
    }

    private static Dictionary<string, DataSplit> ReadParts(string list)
    {
        var parts = new Dictionary<string, DataSplit>(StringComparer.Ordinal);
        foreach ((int number, string line) in TextLines.Read(list))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            DataSplit? part = fields.Length == 2 ? PartOf(fields[1]) : null;
            if (part is not { } known)
            {
                throw new InputException(
                    $"line {number} of '{list}' is '{line}': write a file name, a space, and 0 (training), " +
                    "1 (validation) or 2 (test)");
            }

            parts[fields[0]] = known;
        }

        return parts;
    }

    private static DataSplit? PartOf(string number) => number switch
    {
        "0" => DataSplit.Train,
        "1" => DataSplit.Validation,
        "2" => DataSplit.Test,
        _ => null,
    };
}
