using SkiaSharp;

namespace InfAdmm.Bench.Gallery;

/// <summary>Reads and writes picture files.</summary>
internal static class Bitmaps
{
    private const int Quality = 92;

    public static SKBitmap Decode(string source) =>
        SKBitmap.Decode(source) ?? throw new InvalidDataException($"'{source}' is not an image file");

    public static void SaveWebp(SKBitmap bitmap, string target)
    {
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Webp, Quality);
        using FileStream file = File.Create(target);
        data.SaveTo(file);
    }
}
