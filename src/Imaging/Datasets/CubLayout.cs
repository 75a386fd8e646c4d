using System.Globalization;
using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// CUB-200-2011 as it is published: images.txt with lines "id path", train_test_split.txt with lines "id flag" (1 for
/// training), and the pictures below images/.
/// </summary>
public static class CubLayout
{
    private const string Names = "images.txt";
    private const string Flags = "train_test_split.txt";
    private const string Pictures = "images";

    /// <summary>True if a folder has one of the two lists.</summary>
    public static bool IsOne(string folder) =>
        File.Exists(Path.Combine(folder, Names)) || File.Exists(Path.Combine(folder, Flags));

    /// <summary>The images of a part in the order of images.txt.</summary>
    public static FileImageSet Open(string folder, DataSplit split)
    {
        if (split == DataSplit.Validation)
        {
            throw new InputException($"'{folder}' has a training and a test part, none for validation: use one of them");
        }

        string pictures = Path.Combine(folder, Pictures);
        if (!Directory.Exists(pictures))
        {
            throw new InputException(
                $"'{folder}' has CUB-200-2011's lists without the folder '{Pictures}': put the pictures there");
        }

        List<(int Id, string Value)> names = ReadList(folder, Names);
        Dictionary<int, bool> isTraining = ReadFlags(folder);
        string[] chosen = [.. names
            .Where(name => IsTraining(folder, isTraining, name.Id) == (split == DataSplit.Train))
            .Select(name => name.Value)];
        if (chosen.Length == 0)
        {
            throw new InputException(
                $"'{Path.Combine(folder, Flags)}' has no image of the {split.Word()} part: give the whole file");
        }

        string of = ImageSets.Images(names.Count);
        return new FileImageSet(
            pictures, chosen, $"'{folder}', {split.Word()} part: {ImageSets.Images(chosen.Length)} of {of}");
    }

    private static bool IsTraining(string folder, Dictionary<int, bool> flags, int id) =>
        flags.TryGetValue(id, out bool isTraining)
            ? isTraining
            : throw new InputException(
                $"'{Path.Combine(folder, Flags)}' has no line for image {id} of {Names}: give files of the same release");

    private static Dictionary<int, bool> ReadFlags(string folder)
    {
        var flags = new Dictionary<int, bool>();
        foreach ((int id, string flag) in ReadList(folder, Flags))
        {
            if (flag is not ("0" or "1"))
            {
                throw new InputException(
                    $"'{Path.Combine(folder, Flags)}' has the flag '{flag}' for image {id}: " +
                    "write 1 for training or 0 for test");
            }

            flags[id] = flag == "1";
        }

        return flags;
    }

    private static List<(int Id, string Value)> ReadList(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        if (!File.Exists(path))
        {
            throw new InputException(
                $"'{path}' does not exist: put CUB-200-2011's own there, or take its other list away to use the " +
                "folder as plain pictures");
        }

        var list = new List<(int, string)>();
        var ids = new HashSet<int>();
        foreach ((int number, string line) in TextLines.Read(path))
        {
            string[] fields = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            if (fields.Length != 2
                || !int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
                || !ids.Add(id))
            {
                throw new InputException(
                    $"line {number} of '{path}' is '{line}': write an id that no other line has, a space, " +
                    (file == Names ? "a path" : "0 or 1"));
            }

            list.Add((id, fields[1]));
        }

        return list;
    }
}
