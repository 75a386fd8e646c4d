using System.Globalization;
using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>Opens data sets of any kind.</summary>
public static class ImageSets
{
    /// <summary>The kinds of data sets. The first one that recognises a path opens it.</summary>
    public static IReadOnlyList<IDataSetKind> Kinds { get; } =
    [
        new CubDataSet(),
        new MnistDataSet(),
        new CelebADataSet(),
        new FolderDataSet(),
        new SinglePicture(),
    ];

    /// <summary>Opens a data set, or one part of it.</summary>
    /// <param name="path">A file or folder of one of the <see cref="Kinds"/>.</param>
    /// <param name="split">
    /// The part. A set without parts is opened as a whole, and its description says so; a set with parts that lacks
    /// this one is refused.
    /// </param>
    /// <param name="limit">Keeps at most this many images, evenly spaced; null keeps all.</param>
    /// <returns>At least one image.</returns>
    /// <exception cref="InputException">There is nothing to open; the message names the file and the fix.</exception>
    public static IImageSet Open(string path, DataSplit split, int? limit = null)
    {
        if (limit < 1)
        {
            throw new InputException($"a limit of {limit} leaves no images: give at least 1");
        }

        if (!Path.Exists(path))
        {
            throw new InputException($"'{path}' does not exist: give {KindNames}");
        }

        try
        {
            IImageSet whole = Kinds.First(kind => kind.Recognizes(path)).Open(path, split);
            return limit is { } most ? ImageSubset.EvenlySpaced(whole, most) : whole;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException(
                $"'{path}' cannot be read: {failure.Message.TrimEnd('.')}; give a readable data set", failure);
        }
    }

    /// <summary>The names of all kinds, for messages: "A, B, or C".</summary>
    internal static string KindNames =>
        string.Join(", ", Kinds.SkipLast(1).Select(kind => kind.Name)) + ", or " + Kinds[^1].Name;

    /// <summary>Formats a number of images: "1 image", "2,903 images".</summary>
    public static string Images(int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? "image" : "images")}");
}
