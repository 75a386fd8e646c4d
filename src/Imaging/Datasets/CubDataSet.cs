using System.Globalization;
using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// CUB-200-2011 as published: images.txt with lines "id path", train_test_split.txt with lines "id flag" (1 for
/// training, 0 for test), and the pictures in images/. A line with an impossible path counts as a damaged picture.
/// </summary>
public sealed class CubDataSet : IDataSetKind
{
    private const string Names = "images.txt";
    private const string Flags = "train_test_split.txt";
    private const string Pictures = "images";

    private readonly record struct Line(int Number, int Id, string Value);

    /// <inheritdoc/>
    public string Name => $"a CUB-200-2011 folder ({Names}, {Flags})";

    /// <summary>True for a folder that has one of the two lists.</summary>
    public bool Recognizes(string path) =>
        File.Exists(Path.Combine(path, Names)) || File.Exists(Path.Combine(path, Flags));

    /// <summary>Opens the images of a part, in the order of images.txt; see the interface.</summary>
    public IImageSet Open(string path, DataSplit split)
    {
        if (split == DataSplit.Validation)
        {
            throw new InputException(
                $"'{path}' has a training and a test part, but none for validation: use one of them");
        }

        List<Line> lines = ReadList(path, Names);
        Dictionary<int, bool> isTraining = ReadFlags(path);
        ListedFile[] chosen = [.. lines
            .Where(line => IsTraining(path, isTraining, line.Id) == (split == DataSplit.Train))
            .Select(line => Listed(path, line))];
        if (chosen.Length == 0)
        {
            throw new InputException(
                $"'{Path.Combine(path, Flags)}' has no image of the {split.Word()} part: give the complete file");
        }

        string pictures = Path.Combine(path, Pictures);
        if (!Directory.Exists(pictures))
        {
            string bad = string.Concat(
                chosen.Where(file => file.Problem is not null).Select(file => $"; also, {file.Problem}"));
            throw new InputException(
                $"'{path}' has CUB-200-2011's lists without the folder '{Pictures}': put the pictures there{bad}");
        }

        string of = ImageSets.Images(lines.Count);
        return new FileImageSet(
            pictures, chosen, $"'{path}', {split.Word()} part: {ImageSets.Images(chosen.Length)} of {of}");
    }

    /// <summary>A zero byte, which text files that were damaged contain, is in no path.</summary>
    private static ListedFile Listed(string folder, Line line) => line.Value.Contains('\0')
        ? new ListedFile(
            line.Value.Replace("\0", "\\0"),
            $"line {line.Number} of '{Path.Combine(folder, Names)}' contains a zero byte: write the path of a picture")
        : new ListedFile(line.Value);

    private static bool IsTraining(string folder, Dictionary<int, bool> flags, int id) =>
        flags.TryGetValue(id, out bool isTraining)
            ? isTraining
            : throw new InputException(
                $"'{Path.Combine(folder, Flags)}' has no line for image {id} of {Names}: use files of one release");

    private static Dictionary<int, bool> ReadFlags(string folder)
    {
        var flags = new Dictionary<int, bool>();
        foreach (Line line in ReadList(folder, Flags))
        {
            if (line.Value is not ("0" or "1"))
            {
                throw new InputException(
                    $"'{Path.Combine(folder, Flags)}' has the flag '{line.Value}' for image {line.Id}: " +
                    "write 1 for training or 0 for test");
            }

            flags[line.Id] = line.Value == "1";
        }

        return flags;
    }

    private static List<Line> ReadList(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            throw new InputException(
                $"'{path}' does not exist: put CUB-200-2011's file there, or remove its other list to use the folder " +
                "as ordinary pictures");
        }

        var list = new List<Line>();
        var ids = new HashSet<int>();
        foreach ((int number, string line) in TextLines.Read(path))
        {
            string[] fields = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            if (fields.Length != 2
                || !int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                || !ids.Add(id))
            {
                throw new InputException(
                    $"line {number} of '{path}' is '{line}': write an id that no other line has, a space, and " +
                    (file == Names ? "a path" : "0 or 1"));
            }

            list.Add(new Line(number, id, fields[1]));
        }

        return list;
    }
}
