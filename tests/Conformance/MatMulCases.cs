using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Matrix products: vectors, thin and square matrices, sizes that are not a multiple of the vector or block size.
/// </summary>
internal static class MatMulCases
{
    public static IEnumerable<OpCase> All()
    {
        yield return Product(1, 1, 1);
        yield return Product(1, 33, 7);
        yield return Product(7, 33, 1);
        yield return Product(33, 1, 7);
        yield return Product(33, 130, 3);
        yield return Product(33, 7, 33);
        yield return Product(64, 64, 48);
        yield return Product(13, 700, 130);
        yield return Product(129, 257, 65);

        // Large tiles of a GPU.
        yield return Product(65, 33, 260);
    }

    internal static OpCase Product(int rows, int depth, int columns) => new()
    {
        Name = $"matmul {rows}x{depth}x{columns}",
        Inputs = [Shape.Matrix(rows, depth), Shape.Matrix(depth, columns)],
        Outputs = [Shape.Matrix(rows, columns)],
        Run = (device, inputs, outputs) => device.MatMul(inputs[0], inputs[1], outputs[0]),
        Reference = inputs =>
        {
            double[] c = new double[rows * columns];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    for (int k = 0; k < depth; k++)
                    {
                        c[i * columns + j] += inputs[0][i * depth + k] * inputs[1][k * columns + j];
                    }
                }
            }

            return [c];
        },

        // A float sum of n products has a relative error of about √n·6e-8: 2e-6 for 700, with a margin for the order of
        // summation.
        Tolerance = 1e-5,
    };
}
