using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Cli.Tests;

/// <summary>Pictures with waves and edges, drawn by the tests.</summary>
internal static class Drawings
{
    /// <summary>Writes colour pictures as PNG files 0.png, 1.png, ….</summary>
    /// <returns>The folder of the files.</returns>
    public static string WriteFolder(string folder, int count, int height = 40, int width = 44)
    {
        Directory.CreateDirectory(folder);
        for (int n = 0; n < count; n++)
        {
            ImageFile.Write(Path.Combine(folder, $"{n}.png"), Draw(n, height, width), new Shape(1, 3, height, width));
        }

        return folder;
    }

    private static float[] Draw(int number, int height, int width)
    {
        float[] values = new float[3 * height * width];
        for (int k = 0; k < values.Length; k++)
        {
            int channel = k / (height * width);
            int row = k / width % height;
            int column = k % width;
            float wave = MathF.Sin(0.15f * (number + 1) * column + 0.3f * row + channel);
            bool inDisc = (row - 20) * (row - 20) + (column - 22) * (column - 22) < 90;
            values[k] = inDisc ? 0.2f * (channel + 1) : 0.5f + 0.3f * wave;
        }

        return values;
    }
}
