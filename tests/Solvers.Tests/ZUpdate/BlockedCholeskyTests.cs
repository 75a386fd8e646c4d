using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.Tests;

/// <summary>The dense factor, compared with MathNet's.</summary>
public sealed class BlockedCholeskyTests
{
    /// <summary>Catches blocks, strips and tiles that are cut wrongly: sizes around 4, 12, 48, 192 and twice that.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(13)]
    [InlineData(48)]
    [InlineData(191)]
    [InlineData(192)]
    [InlineData(193)]
    [InlineData(241)]
    [InlineData(389)]
    [InlineData(500)]
    public void It_is_the_factor(int size)
    {
        float[] values = Fixture.Normal(size * size, size);
        Matrix<double> root = Matrix<double>.Build.Dense(size, size, (i, j) => values[i * size + j]);
        Matrix<double> matrix = root * root.Transpose() + Matrix<double>.Build.DenseIdentity(size);
        Matrix<double> expected = matrix.Cholesky().Factor;
        double[] actual = matrix.ToRowMajorArray();
        for (int i = 0; i < size; i++)
        {
            // The upper triangle is not read.
            actual.AsSpan(i * size + i + 1, size - i - 1).Fill(double.NaN);
        }

        BlockedCholesky.Factor(actual, size, threads: 3);

        double largest = 0;
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                largest = Math.Max(largest, Math.Abs(actual[i * size + j] - expected[i, j]));
            }
        }

        Assert.InRange(largest / expected.L2Norm(), 0, 1e-13);
    }

    [Fact]
    public void A_matrix_that_is_not_positive_is_refused() =>
        Assert.Contains("ρ", Assert.Throws<InputException>(
            () => BlockedCholesky.Factor([1, 2, 2, 1], 2, threads: 1)).Message);
}
