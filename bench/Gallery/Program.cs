using InfAdmm.Bench.Gallery;

// Draws the pictures of docs/gallery.md: colour ones into DIR/pictures, digits into DIR/digits.
if (args is not [string directory])
{
    Console.Error.WriteLine("usage: infadmm-gallery DIR");
    return 2;
}

Drawing[] pictures = [new BirdDrawing(), new HarbourDrawing(), new StreetDrawing(), new LetteringDrawing()];
foreach (Drawing picture in pictures)
{
    picture.Write(Path.Combine(directory, "pictures"));
}

for (int digit = 0; digit <= 9; digit++)
{
    new DigitDrawing(digit).Write(Path.Combine(directory, "digits"));
}

return 0;
