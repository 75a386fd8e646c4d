using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// The images of a data set in a fixed order. Pictures are read when they are loaded; only idx files are read
/// completely when they are opened. Several threads may load at once.
/// </summary>
public interface IImageSet
{
    /// <summary>A description for a log: path, part and number of images.</summary>
    string Description { get; }

    /// <summary>The number of images; at least 1.</summary>
    int Count { get; }

    /// <summary>The name of an image, such as its path below the folder, with '/' between its parts.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    string Name(int index);

    /// <summary>
    /// Tells images with the same name apart, without decoding them: two sets with equal names and fingerprints may be
    /// taken for the same. The name itself if nothing else is known.
    /// </summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    string Fingerprint(int index) => Name(index);

    /// <summary>Reads an image.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
    /// <returns>One or three channels, scaled to [0, 1], as stored (see <see cref="ImageFile.Read"/>).</returns>
    /// <exception cref="InputException">The file is missing or damaged; the message names it.</exception>
    PlanarImage Load(int index);
}
