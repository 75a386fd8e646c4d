using InfAdmm.Engine;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// A kind of data set. A new kind is one class, with a line in <see cref="ImageSets.Kinds"/>. Instances have no state.
/// </summary>
public interface IDataSetKind
{
    /// <summary>
    /// What the user should provide, for messages: "MNIST's idx files (a folder of them, or one file)".
    /// </summary>
    string Name { get; }

    /// <summary>Whether a path is of this kind, judged by file names, without reading pictures.</summary>
    /// <param name="path">An existing file or folder.</param>
    bool Recognizes(string path);

    /// <summary>Opens one part of a data set.</summary>
    /// <param name="path">A path that <see cref="Recognizes"/> accepts.</param>
    /// <param name="split">
    /// The part. A set without parts is opened as a whole, and its description says so; a set with parts that lacks
    /// this one is refused.
    /// </param>
    /// <exception cref="InputException">The data set is incomplete; the message names the file and the fix.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    IImageSet Open(string path, DataSplit split);
}
