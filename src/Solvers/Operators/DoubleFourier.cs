using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace InfAdmm.Solvers.Operators;

/// <summary>The 2-D DFT in double precision, built on MathNet's 1-D DFT, for set-up and checks.</summary>
internal static class DoubleFourier
{
    public static void Forward(Complex[] grid, int height, int width) =>
        Transform(grid, height, width, line => Fourier.Forward(line, FourierOptions.AsymmetricScaling));

    public static void Inverse(Complex[] grid, int height, int width) =>
        Transform(grid, height, width, line => Fourier.Inverse(line, FourierOptions.AsymmetricScaling));

    private static void Transform(Complex[] grid, int height, int width, Action<Complex[]> transform)
    {
        var row = new Complex[width];
        for (int i = 0; i < height; i++)
        {
            Array.Copy(grid, i * width, row, 0, width);
            transform(row);
            Array.Copy(row, 0, grid, i * width, width);
        }

        var column = new Complex[height];
        for (int j = 0; j < width; j++)
        {
            for (int i = 0; i < height; i++)
            {
                column[i] = grid[i * width + j];
            }

            transform(column);
            for (int i = 0; i < height; i++)
            {
                grid[i * width + j] = column[i];
            }
        }
    }
}
