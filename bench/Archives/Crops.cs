using InfAdmm.Engine;
using InfAdmm.Imaging.Datasets;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Bench.Archives;

/// <summary>Makes an archive of small pictures.</summary>
internal static class Crops
{
    private const int LeastSide = 64;
    private const int LargestSide = 96;
    private const int PerPhoto = 5;

    /// <summary>Writes crops of random size and place, 500 in each folder.</summary>
    public static void Write(string photos, string archive, int count, int seed)
    {
        string[] names = FolderDataSet.Find(photos);
        var random = new Random(seed);
        for (int i = 0; i < count;)
        {
            (float[] values, Shape shape) = Read(Path.Combine(photos, names[random.Next(names.Length)]));
            for (int crop = 0; crop < PerPhoto && i < count && Math.Min(shape.H, shape.W) >= LargestSide; crop++, i++)
            {
                int height = random.Next(LeastSide, LargestSide + 1);
                int width = random.Next(LeastSide, LargestSide + 1);
                string file = Path.Combine(archive, $"{i / 500:00}", $"{i:0000}.png");
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                ImageFile.Write(
                    file,
                    Cut(values, shape, random.Next(shape.H - height + 1), random.Next(shape.W - width + 1), height, width),
                    shape with { H = height, W = width });
            }
        }
    }

    private static (float[] Values, Shape Shape) Read(string file)
    {
        Picture picture = ImageFile.ReadPicture(file);
        return (picture.Image.Values, picture.Image.Shape);
    }

    private static float[] Cut(float[] values, Shape shape, int top, int left, int height, int width)
    {
        var cut = new float[shape.C * height * width];
        for (int row = 0; row < shape.C * height; row++)
        {
            int plane = row / height;
            values.AsSpan((plane * shape.H + top + row % height) * shape.W + left, width).CopyTo(cut.AsSpan(row * width));
        }

        return cut;
    }
}
