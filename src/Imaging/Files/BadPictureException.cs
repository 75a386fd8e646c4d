namespace InfAdmm.Imaging.Files;

/// <summary>The reason why a picture cannot be read, without the name of its file.</summary>
/// <param name="problem">
/// The problem, as the end of a sentence that starts with the file name: "is damaged (…)".
/// </param>
/// <param name="fix">What the user can do.</param>
/// <param name="cause">The exception of a decoder, or null.</param>
internal sealed class BadPictureException(string problem, string fix, Exception? cause = null)
    : Exception($"{problem}: {fix}", cause)
{
    /// <summary>The parameter of <see cref="ImageFile"/> that refuses the picture; null for none.</summary>
    public string? Parameter { get; private init; }

    // Such a picture takes less than 300 MB. A PNG file of 1-bit pixels in one colour has 8,256 pixels per byte.
    private const long HarmlessPixelCount = 1L << 24;
    private const long MostPixelsPerByte = 8300;

    /// <summary>The file violates its format.</summary>
    public static BadPictureException Damaged(string reason, Exception? cause = null) =>
        new($"is damaged ({reason})", "give an intact file", cause);

    /// <summary>The file is of a kind that is not supported.</summary>
    public static BadPictureException Unsupported(string what) =>
        new($"is {what}, which is not supported", "save it in another way, such as a PNG file");

    /// <summary>The file contains more than one picture.</summary>
    public static BadPictureException SeveralPictures(string what) =>
        new($"is {what}", "save each picture as a separate file");

    /// <summary>
    /// Throws if a picture is empty, larger than a limit, or if its file is far too short for its pixels: decoders reserve
    /// memory for them before they find that out.
    /// </summary>
    /// <param name="width">The width that the header gives, in pixels.</param>
    /// <param name="height">The height that the header gives, in pixels.</param>
    /// <param name="fileLength">The length of the file in bytes.</param>
    /// <param name="maxPixels">The most pixels that are accepted.</param>
    public static void ThrowIfUnusable(long width, long height, long fileLength, long maxPixels)
    {
        if (width <= 0 || height <= 0)
        {
            throw Damaged($"its header gives {width}x{height} pixels");
        }

        if (width > maxPixels / height)
        {
            throw new BadPictureException(
                $"has {width}x{height} pixels; the limit is {maxPixels} pixels",
                "cut it into smaller pictures, or raise the limit")
            {
                Parameter = "max-pixels",
            };
        }

        if (width * height > HarmlessPixelCount && width * height / MostPixelsPerByte > fileLength)
        {
            throw Damaged($"its {fileLength} bytes cannot hold the {width}x{height} pixels of its header");
        }
    }
}
