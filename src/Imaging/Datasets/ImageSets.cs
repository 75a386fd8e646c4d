using System.Globalization;
using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>Opens data sets, which it recognises by what is there.</summary>
public static class ImageSets
{
    /// <summary>
    /// Opens MNIST's idx files (a folder of them or one), a CUB-200-2011 folder (images.txt), a CelebA folder
    /// (list_eval_partition.txt), any folder of pictures, or one picture.
    /// </summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="split">
    /// The part. Of a set that is not split it is the whole, and the description says so; one that is split but lacks
    /// this part is refused.
    /// </param>
    /// <param name="limit">At most so many images, evenly spaced.</param>
    /// <exception cref="InputException">There is nothing to use; the message names the file and the mend.</exception>
    public static IImageSet Open(string path, DataSplit split, int? limit = null)
    {
        if (limit < 1)
        {
            throw new InputException($"--limit {limit} leaves no images: give at least 1");
        }

        try
        {
            IImageSet whole = OpenWhole(path, split);
            return limit is { } most ? ImageSubset.EvenlySpaced(whole, most) : whole;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {failure.Message}; give one that can", failure);
        }
    }

    /// <summary>"1 image", "2,903 images".</summary>
    public static string Images(int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "image" : "images")}");

    private static IImageSet OpenWhole(string path, DataSplit split)
    {
        if (Directory.Exists(path))
        {
            return OpenFolder(path, split);
        }

        if (!File.Exists(path))
        {
            throw new InputException(
                $"'{path}' does not exist: give a folder of pictures, a picture, or MNIST's idx files");
        }

        if (IdxFile.IsOne(path))
        {
            return MnistLayout.OpenFile(path, split);
        }

        return new FileImageSet(
            Path.GetDirectoryName(Path.GetFullPath(path))!, [Path.GetFileName(path)], $"'{path}', one picture");
    }

    private static IImageSet OpenFolder(string folder, DataSplit split)
    {
        if (CubLayout.IsOne(folder))
        {
            return CubLayout.Open(folder, split);
        }

        if (MnistLayout.IsOne(folder))
        {
            return MnistLayout.OpenFolder(folder, split);
        }

        return CelebALayout.Open(folder, split) ?? FolderLayout.Open(folder, split);
    }
}
