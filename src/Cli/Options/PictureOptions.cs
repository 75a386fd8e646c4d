using InfAdmm.Imaging.Files;

namespace InfAdmm.Cli.Options;

/// <summary>The picture files of a command.</summary>
/// <param name="options">Declares and reads the options.</param>
/// <param name="description">What the files are, for the help.</param>
/// <param name="isRequired">Whether at least one must be given.</param>
internal sealed class PictureOptions(OptionBinder options, string description, bool isRequired = true)
{
    /// <summary>The files.</summary>
    public IReadOnlyList<string> Files { get; } = options.Arguments("FILES", description, isRequired);

    /// <summary>The most pixels of a picture; null for <see cref="ImageFile.DefaultMaxPixels"/>.</summary>
    public int? MaxPixels { get; } = options.Optional(OptionFactory.Integer("--max-pixels", "N",
        "Largest picture that is read, in pixels; default: 268 million, or fewer if memory is short.",
        minimum: 1, maximum: 1 << 29));

    /// <summary>Reads a file.</summary>
    /// <param name="index">The index of the file.</param>
    /// <param name="note">Called with a flaw of the file that did not prevent reading it.</param>
    public Picture Read(int index, Action<string> note)
    {
        Picture picture = ImageFile.ReadPicture(Files[index], MaxPixels);
        if (picture.Note is { } flaw)
        {
            note($"'{Files[index]}': {flaw}");
        }

        return picture;
    }
}
