using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// CelebA: aligned pictures with list_eval_partition.txt, whose lines are "name part" with 0 for training, 1 for
/// validation and 2 for test. The pictures are next to the list or in img_align_celeba; that folder can be given as
/// well. Without the list, the pictures are an ordinary folder.
/// </summary>
public sealed class CelebADataSet : IDataSetKind
{
    private const string List = "list_eval_partition.txt";
    private const string Pictures = "img_align_celeba";

    /// <inheritdoc/>
    public string Name => $"a CelebA folder ({List})";

    /// <summary>
    /// True for a folder that contains CelebA's list, or for img_align_celeba if the list is next to it.
    /// </summary>
    public bool Recognizes(string path) => FindList(path) is not null;

    /// <inheritdoc/>
    public IImageSet Open(string path, DataSplit split)
    {
        string list = FindList(path)!;
        string below = Path.Combine(path, Pictures);
        string pictures = Directory.Exists(below) ? below : path;
        Dictionary<string, DataSplit> parts = ReadParts(list);
        string[] present = FolderDataSet.Find(pictures);
        string? unlisted = present.FirstOrDefault(name => !parts.ContainsKey(Path.GetFileName(name)));
        if (unlisted is not null)
        {
            throw new InputException($"'{list}' has no line for '{unlisted}': add one, or remove the picture");
        }

        ListedFile[] chosen =
        [
            .. present.Where(name => parts[Path.GetFileName(name)] == split).Select(name => new ListedFile(name)),
        ];
        int listed = parts.Values.Count(part => part == split);
        if (chosen.Length == 0)
        {
            throw new InputException(
                $"'{pictures}' has none of the {ImageSets.Images(listed)} of the {split.Word()} part in '{list}': " +
                "put the aligned pictures there");
        }

        return new FileImageSet(
            pictures,
            chosen,
            $"'{pictures}', {split.Word()} part: {ImageSets.Images(chosen.Length)} of {listed:N0} in its list");
    }

    private static string? FindList(string path)
    {
        string inside = Path.Combine(path, List);
        string full = Path.GetFullPath(path).TrimEnd('/', '\\');
        string beside = Path.GetFullPath(Path.Combine(full, "..", List));
        return File.Exists(inside) ? inside
            : Path.GetFileName(full) == Pictures && File.Exists(beside) ? beside
            : null;
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
