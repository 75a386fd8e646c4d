using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The dense closed form: ρI + A Aᵀ is assembled and factored once (m³/3, in double, by MathNet), then every call is
/// two substitutions of m² on the device. A factor with solves, not an inverse: cheaper to make and more accurate.
/// </summary>
public sealed class CholeskyInverse : IGramInverse
{
    /// <summary>The most measurements a plane may have: the factor of so many takes 64 MiB.</summary>
    public const int MostMeasurements = 4096;

    private readonly Tensor _factor;

    /// <summary>Assembles and factors the matrix.</summary>
    /// <exception cref="InputException">There are too many measurements.</exception>
    public CholeskyInverse(BlurDownsample linearOperator, double rho)
    {
        Shape grid = linearOperator.MeasurementShape;
        int size = grid.PlaneSize;
        if (size > MostMeasurements)
        {
            throw new InputException(
                $"cholesky: {size} measurements exceed the {MostMeasurements} that a dense factor serves; " +
                "choose a smaller --size, or fft");
        }

        PeriodicKernel normal = linearOperator.Gram.PlusIdentity(rho);
        Matrix<double> matrix = Matrix<double>.Build.Dense(size, size);
        for (int column = 0; column < size; column++)
        {
            AddColumn(matrix, column, normal, grid);
        }

        Matrix<double> factor = matrix.Cholesky().Factor;
        float[] rows = new float[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                rows[i * size + j] = (float)factor[i, j];
            }
        }

        _factor = linearOperator.Device.Allocate(Shape.Matrix(size, size), rows);
    }

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        e.Device.SolveTriangular(_factor, transposed: false, e, w);
        e.Device.SolveTriangular(_factor, transposed: true, w, w);
    }

    /// <summary>Frees the factor.</summary>
    public void Dispose() => _factor.Dispose();

    private static void AddColumn(Matrix<double> matrix, int column, PeriodicKernel kernel, Shape grid)
    {
        int y = column / grid.W;
        int x = column % grid.W;
        for (int u = -kernel.RadiusY; u <= kernel.RadiusY; u++)
        {
            for (int v = -kernel.RadiusX; v <= kernel.RadiusX; v++)
            {
                int row = Modulo(y + u, grid.H) * grid.W + Modulo(x + v, grid.W);
                matrix[row, column] += kernel[u, v];
            }
        }
    }

    private static int Modulo(int index, int size) => (index % size + size) % size;
}
