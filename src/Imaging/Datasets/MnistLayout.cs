using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>MNIST's files by their published names: train-images-idx3-ubyte and t10k-images-idx3-ubyte.</summary>
public static class MnistLayout
{
    private const string Ending = "-images";
    private const string Train = "train" + Ending;
    private const string Test = "t10k" + Ending;

    /// <summary>True if a folder has such files.</summary>
    public static bool IsOne(string folder) => Find(folder, Train) is not null || Find(folder, Test) is not null;

    /// <summary>Reads a part from a folder.</summary>
    public static IdxImageSet OpenFolder(string folder, DataSplit split)
    {
        if (split == DataSplit.Validation)
        {
            throw new InputException($"'{folder}' has a training and a test part, none for validation: use one of them");
        }

        string prefix = split == DataSplit.Train ? Train : Test;
        string path = Find(folder, prefix) ?? throw new InputException(
            $"'{folder}' lacks the {split.Word()} part: put {prefix}-idx3-ubyte there, as .gz or not");
        return Read(path, split.Word() + " part");
    }

    /// <summary>Reads a file; if its name says which part it is, that must be the one that is asked for.</summary>
    public static IdxImageSet OpenFile(string path, DataSplit split)
    {
        DataSplit? held = PartOf(Path.GetFileName(path));
        if (held is { } part && part != split)
        {
            throw new InputException(
                $"'{path}' is the {part.Word()} part, and the {split.Word()} part is asked for: " +
                "give the folder with both, or the other file");
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
                $"'{path}' cannot be used: {complaint.Message}; give a whole idx file of images, packed by gzip or not",
                complaint);
        }
    }

    /// <summary>The unpacked file where there are both.</summary>
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

    /// <summary>"t10k" for t10k-images-idx3-ubyte.gz.</summary>
    private static string NameOf(string path)
    {
        string name = Path.GetFileName(path);
        int end = name.IndexOf(Ending, StringComparison.Ordinal);
        return end > 0 ? name[..end] : name.Split('.')[0];
    }
}
