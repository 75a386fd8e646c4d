using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>A picture of a data set.</summary>
/// <param name="Name">Its path below the folder of the set, with '/' between its parts.</param>
/// <param name="Problem">Why the path cannot be used, with the fix; null if it can.</param>
public sealed record ListedFile(string Name, string? Problem = null);

/// <summary>Picture files in a folder and its sub-folders, read one at a time.</summary>
/// <param name="folder">The folder that the names are relative to.</param>
/// <param name="files">The pictures, in the order of the set.</param>
/// <param name="description">What the files are; see <see cref="IImageSet.Description"/>.</param>
public sealed class FileImageSet(string folder, IReadOnlyList<ListedFile> files, string description) : IImageSet
{
    /// <inheritdoc/>
    public string Description => description;

    /// <inheritdoc/>
    public int Count => files.Count;

    /// <inheritdoc/>
    public string Name(int index) => files[index].Name;

    /// <summary>The name and the length of the file in bytes.</summary>
    public string Fingerprint(int index)
    {
        if (files[index].Problem is not null)
        {
            return files[index].Name;
        }

        var file = new FileInfo(Path.Combine(folder, files[index].Name));
        return $"{files[index].Name} {(file.Exists ? file.Length : 0)}";
    }

    /// <inheritdoc/>
    public PlanarImage Load(int index) => files[index].Problem is { } problem
        ? throw new InputException(problem)
        : ImageFile.Read(Path.Combine(folder, files[index].Name));
}
