using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// Pictures of a data set in a fixed order. Opening one reads no picture, but for idx files, which are held whole.
/// Any thread may load.
/// </summary>
public interface IImageSet
{
    /// <summary>What was found, for a log: kind, path, part and how many of how many images.</summary>
    string Description { get; }

    /// <summary>The count of images, at least 1.</summary>
    int Count { get; }

    /// <summary>The name of an image within its set: the path below the folder, with '/' between its parts.</summary>
    string Name(int index);

    /// <summary>Reads an image: one or three channels, scaled to [0, 1].</summary>
    /// <exception cref="InputException">The file is missing or damaged; the message names it.</exception>
    PlanarImage Load(int index);
}
