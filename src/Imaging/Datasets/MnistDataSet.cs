using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// MNIST's idx files, gzip-compressed or not: a folder with train-images-idx3-ubyte and t10k-images-idx3-ubyte, or one
/// idx file of images.
/// </summary>
public sealed class MnistDataSet : IDataSetKind
{
    private const string Ending = "-images";
    private const string Train = "train" + Ending;
    private const string Test = "t10k" + Ending;

    /// <inheritdoc/>
    public string Name => "MNIST's idx files (a folder of them, or one file)";

    /// <summary>True for a folder with one of the two files, and for an idx file.</summary>
    public bool Recognizes(string path) => Directory.Exists(path)
        ? Find(path, Train) is not null || Find(path, Test) is not null
        : IdxFile.IsOne(path);

    /// <summary>Reads a part; see the interface. For a single file, its published name determines the part.</summary>
    public IImageSet Open(string path, DataSplit split) =>
        Directory.Exists(path) ? OpenFolder(path, split) : OpenFile(path, split);

    private static IdxImageSet OpenFolder(string folder, DataSplit split)
    {
        if (split == DataSplit.Validation)
        {
            throw new InputException(
                $"'{folder}' has a training and a test part, but none for validation: use one of them");
        }

        string prefix = split == DataSplit.Train ? Train : Test;
        string path = Find(folder, prefix) ?? throw new InputException(
            $"'{folder}' lacks the {split.Word()} part: put {prefix}-idx3-ubyte there, as .gz or not");
        return Read(path, split.Word() + " part");
    }

    private static IdxImageSet OpenFile(string path, DataSplit split)
    {
        DataSplit? held = PartOf(Path.GetFileName(path));
        if (held is { } part && part != split)
        {
            throw new InputException(
                $"'{path}' is the {part.Word()} part, not the {split.Word()} part: give the folder with both, or the " +
                "other file");
        }

        return Read(path, held is { } known ? known.Word() + " part" : "not split");
    }

    private static IdxImageSet Read(string path, string part)
    {
        try
        {
            (byte[] pixels, int height, int width) = IdxFile.Read(path);
            string count = ImageSets.Images(pixels.Length / (height * width));
            return new IdxImageSet(pixels, height, width, NameOf(path), $"'{path}', {part}: {count}");
        }
        catch (InvalidDataException complaint)
        {
            throw new InputException(
                $"'{path}' cannot be used: {complaint.Message}; give an intact idx file of images, as .gz or not",
                complaint);
        }
    }

    /// <summary>Returns the file with a prefix; the uncompressed one if both exist.</summary>
    private static string? Find(string folder, string prefix) =>
        Directory.EnumerateFiles(folder, prefix + "*")
            .Where(path => path.Contains("idx3", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .FirstOrDefault();

    private static DataSplit? PartOf(string name)
    {
        if (name.StartsWith(Train, StringComparison.Ordinal))
        {
            return DataSplit.Train;
        }

        return name.StartsWith(Test, StringComparison.Ordinal) ? DataSplit.Test : null;
    }

    /// <summary>Returns "t10k" for t10k-images-idx3-ubyte.gz.</summary>
    private static string NameOf(string path)
    {
        string name = Path.GetFileName(path);
        int end = name.IndexOf(Ending, StringComparison.Ordinal);
        return end > 0 ? name[..end] : name.Split('.')[0];
    }
}
