using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;

namespace InfAdmm.Cli.LearnOperator;

/// <summary>Pairs of images and measurements: files of the same name, apart from the extension, in two folders.</summary>
internal sealed class ImagePairs
{
    private const string ImageFolder = "images";
    private const string MeasurementFolder = "measurements";

    private ImagePairs(IReadOnlyList<(string Image, string Measurement)> files) => Files = files;

    /// <summary>The pairs of files, in the ordinal order of their names.</summary>
    public IReadOnlyList<(string Image, string Measurement)> Files { get; }

    /// <summary>Finds the pairs in a folder.</summary>
    /// <exception cref="InputException">A folder is missing, or a file has no partner, or several.</exception>
    public static ImagePairs Find(string directory)
    {
        Dictionary<string, string> images = FilesOf(directory, ImageFolder);
        Dictionary<string, string> measurements = FilesOf(directory, MeasurementFolder);
        CheckPartners(images, measurements, MeasurementFolder);
        CheckPartners(measurements, images, ImageFolder);
        return new ImagePairs(
        [
            .. images.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => (entry.Value, measurements[entry.Key])),
        ]);
    }

    /// <summary>Reads a pair; a colour image with a grey measurement is converted to grey by the luma weights.</summary>
    public static (PlanarImage Image, PlanarImage Measurement) Read((string Image, string Measurement) files)
    {
        PlanarImage image = ReadFile(files.Image);
        PlanarImage measurement = ReadFile(files.Measurement);
        return (image.Shape.C == 3 && measurement.Shape.C == 1 ? Grey(image) : image, measurement);
    }

    private static Dictionary<string, string> FilesOf(string directory, string folder)
    {
        string path = Path.Combine(directory, folder);
        if (!Directory.Exists(path))
        {
            throw new InputException(
                $"--pairs: there is no folder '{path}'; give a folder with {ImageFolder} and {MeasurementFolder} in it");
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(path).Where(IsUsable).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            if (!files.TryAdd(name, file))
            {
                throw new InputException($"--pairs: '{files[name]}' and '{file}' have the same name; keep one of them");
            }
        }

        return files.Count > 0
            ? files
            : throw new InputException($"--pairs: '{path}' has no .npy files and no pictures");
    }

    private static bool IsUsable(string file) => IsArray(file) || ImageFile.HasPictureExtension(file);

    private static bool IsArray(string file) =>
        Path.GetExtension(file).Equals(".npy", StringComparison.OrdinalIgnoreCase);

    private static void CheckPartners(
        Dictionary<string, string> files, Dictionary<string, string> partners, string folder)
    {
        if (files.Keys.Order(StringComparer.Ordinal).FirstOrDefault(name => !partners.ContainsKey(name)) is { } alone)
        {
            throw new InputException(
                $"--pairs: '{files[alone]}' has no partner of the same name in the folder {folder}; add it, or remove " +
                "the file");
        }
    }

    private static PlanarImage ReadFile(string file) => IsArray(file) ? NpyFile.Read(file) : ImageFile.Read(file);

    private static PlanarImage Grey(PlanarImage image)
    {
        int size = image.Shape.PlaneSize;
        float[] grey = new float[size];
        for (int i = 0; i < size; i++)
        {
            grey[i] = Luma.Of(image.Values[i], image.Values[size + i], image.Values[2 * size + i]);
        }

        return new PlanarImage(grey, image.Shape with { C = 1 });
    }
}
