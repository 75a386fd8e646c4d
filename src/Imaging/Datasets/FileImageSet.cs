using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>Picture files below a folder, read one at a time.</summary>
/// <param name="folder">What the names are relative to.</param>
/// <param name="names">Paths below the folder.</param>
/// <param name="description">What the files are.</param>
public sealed class FileImageSet(string folder, IReadOnlyList<string> names, string description) : IImageSet
{
    /// <inheritdoc/>
    public string Description => description;

    /// <inheritdoc/>
    public int Count => names.Count;

    /// <inheritdoc/>
    public string Name(int index) => names[index];

    /// <inheritdoc/>
    public PlanarImage Load(int index) => ImageFile.Read(Path.Combine(folder, names[index]));
}
