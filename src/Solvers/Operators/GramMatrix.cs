using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>A Aᵀ of one <see cref="ILinearOperator.GramBlock"/> as a dense matrix in row-major order, for set-up.</summary>
internal static class GramMatrix
{
    /// <summary>
    /// Assembles the matrix: in double precision from the kernel of a periodic convolution or from the rows of
    /// <see cref="IMatrixRows"/>, otherwise column by column with A and Aᵀ in single precision.
    /// </summary>
    public static double[] Dense(ILinearOperator linearOperator)
    {
        Shape block = linearOperator.GramBlock;
        int size = (int)block.Count;
        double[] matrix = new double[size * size];
        if (linearOperator.Gram.Kernel is { } kernel)
        {
            for (int column = 0; column < size; column++)
            {
                AddColumn(matrix, column, kernel, block);
            }
        }
        else if (linearOperator is IMatrixRows rows)
        {
            SparseMatrix gram = SparseMatrix.FromRows(rows, size).TimesTranspose();
            gram.ForEach((row, column, value) => matrix[row * size + column] += value);
        }
        else
        {
            Probe(matrix, linearOperator);
        }

        return matrix;
    }

    private static void AddColumn(double[] matrix, int column, PeriodicKernel kernel, Shape block)
    {
        int plane = column / block.PlaneSize * block.PlaneSize;
        int y = column % block.PlaneSize / block.W;
        int x = column % block.W;
        for (int u = -kernel.RadiusY; u <= kernel.RadiusY; u++)
        {
            for (int v = -kernel.RadiusX; v <= kernel.RadiusX; v++)
            {
                int row = IndexArithmetic.Modulo(y + u, block.H) * block.W + IndexArithmetic.Modulo(x + v, block.W);
                matrix[(plane + row) * (int)block.Count + column] += kernel[u, v];
            }
        }
    }

    /// <summary>Computes A Aᵀ of each unit vector, and symmetrises the matrix.</summary>
    private static void Probe(double[] matrix, ILinearOperator linearOperator)
    {
        Device device = linearOperator.Device;
        using var scope = new TensorScope(device);
        Tensor vector = scope.Allocate(linearOperator.MeasurementShape);
        Tensor image = scope.Allocate(linearOperator.ImageShape);
        float[] values = new float[vector.Count];
        int size = (int)linearOperator.GramBlock.Count;
        for (int column = 0; column < size; column++)
        {
            Array.Clear(values);
            values[column] = 1;
            device.Upload(values, vector);
            linearOperator.Adjoint(vector, image);
            linearOperator.Apply(image, vector);
            device.Download(vector, values);
            for (int row = 0; row < size; row++)
            {
                matrix[row * size + column] += 0.5 * values[row];
                matrix[column * size + row] += 0.5 * values[row];
            }
        }
    }
}
