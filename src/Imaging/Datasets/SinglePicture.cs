namespace InfAdmm.Imaging.Datasets;

/// <summary>One picture file as a set of one image.</summary>
public sealed class SinglePicture : IDataSetKind
{
    /// <inheritdoc/>
    public string Name => "one picture";

    /// <summary>True for any file.</summary>
    public bool Recognizes(string path) => File.Exists(path);

    /// <inheritdoc/>
    public IImageSet Open(string path, DataSplit split) => new FileImageSet(
        Path.GetDirectoryName(Path.GetFullPath(path))!,
        [new ListedFile(Path.GetFileName(path))],
        $"'{path}', one picture");
}
