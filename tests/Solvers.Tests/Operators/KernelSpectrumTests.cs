using System.Numerics;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

public sealed class KernelSpectrumTests
{
    /// <summary>
    /// Catches a wrong origin, sign, folding or half spectrum in sums and transforms, on even, odd and small grids.
    /// </summary>
    [Theory]
    [InlineData(3, 5, 12, 14)]
    [InlineData(4, 2, 7, 9)]
    [InlineData(9, 9, 5, 4)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(201, 2, 21, 8)]
    public void It_is_the_transform_of_the_kernel(int rows, int columns, int height, int width)
    {
        double[] kernel = Array.ConvertAll(Fixture.Normal(rows * columns, seed: 5), value => (double)value);
        int originRow = (rows - 1) / 2;
        int originColumn = (columns - 1) / 2;

        Complex[] actual = KernelSpectrum.Of(kernel, rows, originRow, originColumn, height, width);

        int half = width / 2 + 1;
        Assert.Equal(height * half, actual.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            Complex expected = Complex.Zero;
            for (int k = 0; k < kernel.Length; k++)
            {
                double turns = (double)(k / columns - originRow) * (i / half) / height
                    + (double)(k % columns - originColumn) * (i % half) / width;
                expected += kernel[k] * Complex.FromPolarCoordinates(1, -2 * Math.PI * turns);
            }

            Assert.InRange((actual[i] - expected).Magnitude, 0, 1e-11);
        }
    }
}
