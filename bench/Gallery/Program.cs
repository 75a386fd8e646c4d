using System.Globalization;
using InfAdmm.Bench.Gallery;
using SkiaSharp;

// draw: draws the pictures of docs/learned-priors.md, colour pictures into DIR/pictures and digits into DIR/digits.
// shrink: writes the means of FACTOR×FACTOR pixels, as a camera would.
// align: draws a square around (X, Y) of each picture with a cross at the same pixel, as WebP.
// sheet: draws the pictures of several folders side by side, as WebP.
// webp: converts a PNG file to WebP, at about a sixth of the size.
switch (args)
{
    case ["draw", string directory]:
        Draw(directory);
        return 0;
    case ["shrink", string source, string target, string factor]:
        AlignmentFigure.Shrink(source, target, int.Parse(factor, CultureInfo.InvariantCulture));
        return 0;
    case ["align", string target, string x, string y, .. string[] sources]:
        AlignmentFigure.Draw(
            target, int.Parse(x, CultureInfo.InvariantCulture), int.Parse(y, CultureInfo.InvariantCulture), sources);
        return 0;
    case ["sheet", string target, .. string[] folders] when folders.Length > 0:
        SheetFigure.Draw(target, folders);
        return 0;
    case ["webp", string source, string target]:
        Encode(source, target);
        return 0;
    default:
        Console.Error.WriteLine(
            "usage: infadmm-gallery draw DIR | shrink SOURCE.png TARGET.png FACTOR | " +
            "align TARGET.webp X Y SOURCES… | sheet TARGET.webp FOLDERS… | webp SOURCE.png TARGET.webp");
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
    using SKBitmap bitmap = Bitmaps.Decode(source);
    Bitmaps.SaveWebp(bitmap, target);
}
