using InfAdmm.Bench.Gallery;
using SkiaSharp;

// draw: draws the pictures of docs/learned-priors.md, colour pictures into DIR/pictures and digits into DIR/digits.
// webp: converts a PNG file to WebP, at about a sixth of the size.
switch (args)
{
    case ["draw", string directory]:
        Draw(directory);
        return 0;
    case ["webp", string source, string target]:
        Encode(source, target);
        return 0;
    default:
        Console.Error.WriteLine("usage: infadmm-gallery draw DIR | webp SOURCE.png TARGET.webp");
        return 2;
}

static void Draw(string directory)
{
    Drawing[] pictures = [new BirdDrawing(), new HarbourDrawing(), new StreetDrawing(), new LetteringDrawing()];
    foreach (Drawing picture in pictures)
    {
        picture.Write(Path.Combine(directory, "pictures"));
    }

    for (int digit = 0; digit <= 9; digit++)
    {
        new DigitDrawing(digit).Write(Path.Combine(directory, "digits"));
    }
}

static void Encode(string source, string target)
{
    using SKBitmap bitmap = SKBitmap.Decode(source)
        ?? throw new InvalidDataException($"'{source}' is not an image file");
    using SKData data = bitmap.Encode(SKEncodedImageFormat.Webp, quality: 92);
    using FileStream file = File.Create(target);
    data.SaveTo(file);
}
