using InfAdmm.Engine;
using InfAdmm.Storage;

namespace InfAdmm.Imaging.Files;

/// <summary>
/// Reads picture files (PNG, JPEG, WebP, BMP, TIFF, PNM) and writes PNG. Stored values are used as they are, without
/// colour management or gamma. 16-bit samples keep their 16 bits. Alpha is a separate channel and does not change
/// colours.
/// </summary>
public static class ImageFile
{
    // What restoring a picture takes at least: the file, its decoded and its float32 samples, and the result.
    private const int BytesPerPixel = 64;

    private const long LargestByDefault = 1L << 28;

    /// <summary>The formats that are read, for messages.</summary>
    public const string Formats = "PNG, JPEG, WebP, BMP, TIFF or PNM";

    private static readonly string[] Extensions =
        [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".pnm", ".pbm", ".pgm", ".ppm"];

    /// <summary>
    /// The most pixels of a picture that is read if no limit is given: 268 million, or what fits into the memory that is
    /// free at 64 bytes per pixel.
    /// </summary>
    public static long DefaultMaxPixels
    {
        get
        {
            GCMemoryInfo memory = GC.GetGCMemoryInfo();
            long free = Math.Max(memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes, 0);
            return Math.Min(free / BytesPerPixel, LargestByDefault);
        }
    }

    /// <summary>
    /// Reads a picture as it is stored, in [0, 1]: one channel if all its pixels are grey, otherwise red, green, blue.
    /// Alpha and the Exif orientation are ignored.
    /// </summary>
    /// <param name="path">The file. Its contents decide the format, not its name.</param>
    /// <param name="maxPixels">
    /// The most pixels that are accepted, to protect against files that are made to exhaust the memory; null for
    /// <see cref="DefaultMaxPixels"/>.
    /// </param>
    /// <returns>An image of shape (1, 1 or 3, height, width).</returns>
    /// <exception cref="InputException">
    /// The file is missing, damaged, an animation, too large or not a picture. The
    /// message names the file and the fix.
    /// </exception>
    public static PlanarImage Read(string path, long? maxPixels = null) =>
        ImageDecoder.Decode(path, ReadBytes(path), upright: false, maxPixels ?? DefaultMaxPixels).Image;

    /// <summary>
    /// Reads a picture as it is meant to be displayed, rotated according to its Exif orientation, with its alpha
    /// channel and ICC profile. A pixel keeps its stored colour even if it is fully transparent.
    /// </summary>
    /// <param name="path">The file. Its contents decide the format, not its name.</param>
    /// <param name="maxPixels">As for <see cref="Read"/>.</param>
    /// <exception cref="InputException">As for <see cref="Read"/>.</exception>
    public static Picture ReadPicture(string path, long? maxPixels = null) =>
        ImageDecoder.Decode(path, ReadBytes(path), upright: true, maxPixels ?? DefaultMaxPixels);

    /// <summary>Reads a picture from memory, as <see cref="ReadPicture"/> reads a file.</summary>
    /// <param name="file">The contents of a picture file.</param>
    /// <param name="name">Names the picture in errors.</param>
    /// <param name="maxPixels">As for <see cref="Read"/>.</param>
    /// <exception cref="InputException">As for <see cref="Read"/>.</exception>
    public static Picture Decode(byte[] file, string name, long? maxPixels = null) =>
        ImageDecoder.Decode(name, file, upright: true, maxPixels ?? DefaultMaxPixels);

    /// <summary>
    /// The number of pixels that the header of a picture file states, without decoding them: what memory the picture will
    /// need.
    /// </summary>
    /// <param name="file">The contents of the file.</param>
    /// <returns>The number; 0 if the file is not a picture that can be read.</returns>
    public static long CountPixels(byte[] file) => ImageDecoder.CountPixels(file);

    /// <summary>Returns the contents of the PNG file that <see cref="Write(string, Picture)"/> writes.</summary>
    public static byte[] Encode(Picture picture) => ImageEncoder.Encode(
        picture.Image.Values, picture.Image.Shape, picture.IsDeep, picture.Alpha, picture.IccProfile);

    /// <summary>Writes a picture as PNG; see the other overload.</summary>
    /// <param name="path">The file; it is replaced only after everything is written.</param>
    /// <param name="picture">The picture; its note is ignored.</param>
    public static void Write(string path, Picture picture) => Write(
        path, picture.Image.Values, picture.Image.Shape, picture.IsDeep, picture.Alpha, picture.IccProfile);

    /// <summary>Writes a PNG file of one or three channels; values are clipped to [0, 1] and rounded.</summary>
    /// <param name="path">The file; it is replaced only after everything is written.</param>
    /// <param name="values">The planes of the channels, row by row.</param>
    /// <param name="shape">The shape of <paramref name="values"/>: (1, 1 or 3, height, width).</param>
    /// <param name="isDeep">True for 16 bits per sample, false for 8.</param>
    /// <param name="alpha">The opacity of each pixel, 0 to 1; null for an opaque picture without alpha channel.</param>
    /// <param name="iccProfile">
    /// The ICC profile of the values, or null. Grey values with a profile for RGB are written as RGB; a profile that
    /// does not fit the channels (grey or CMYK for colour values, CMYK for grey ones) is left out.
    /// </param>
    /// <exception cref="ShapeException">
    /// The shape is not that of a grey or colour picture, or the number of values differs.
    /// </exception>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(
        string path, ReadOnlySpan<float> values, Shape shape, bool isDeep = false, float[]? alpha = null,
        byte[]? iccProfile = null)
    {
        byte[] file = ImageEncoder.Encode(values, shape, isDeep, alpha, iccProfile);
        AtomicFile.Write(path, stream => stream.Write(file));
    }

    /// <summary>Whether a file name has the extension of a picture, in upper or lower case.</summary>
    public static bool HasPictureExtension(ReadOnlySpan<char> name)
    {
        foreach (string extension in Extensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return InputFile.ReadAllBytes(path);
        }
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException(
                $"'{path}' cannot be read: {failure.Message.TrimEnd('.')}; give a file that exists and is readable",
                failure);
        }
    }
}
