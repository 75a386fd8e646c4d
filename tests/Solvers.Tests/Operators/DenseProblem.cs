using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// An operator that acts on every plane alike, as a dense matrix built from its definition in double precision, and the
/// checks that compare the operator and its z-solvers with that matrix. It shares no code with the operators.
/// </summary>
internal static class DenseProblem
{
    /// <summary>
    /// The matrix of y(i) = Σ_t kernel(i, t) x̃(stride·i + origin − t), where x̃ is x extended beyond its edges.
    /// </summary>
    /// <param name="a">The operator, for its shapes and its boundary.</param>
    /// <param name="stride">The distance between measured pixels.</param>
    /// <param name="height">The rows of the kernels.</param>
    /// <param name="width">The columns of the kernels.</param>
    /// <param name="kernel">Its entry at (measured row, measured column, kernel row, kernel column).</param>
    public static Matrix<double> Matrix(
        ILinearOperator a, int stride, int height, int width, Func<int, int, int, int, double> kernel)
    {
        Shape image = a.ImageShape;
        Shape grid = a.MeasurementShape;
        Matrix<double> matrix = Matrix<double>.Build.Dense(grid.PlaneSize, image.PlaneSize);
        for (int i = 0; i < grid.H; i++)
        {
            for (int j = 0; j < grid.W; j++)
            {
                for (int u = 0; u < height; u++)
                {
                    for (int v = 0; v < width; v++)
                    {
                        int row = Continued(a.Boundary, i * stride + First(a.Boundary, height) - u, image.H);
                        int column = Continued(a.Boundary, j * stride + First(a.Boundary, width) - v, image.W);
                        if (row >= 0 && column >= 0)
                        {
                            matrix[i * grid.W + j, row * image.W + column] += kernel(i, j, u, v);
                        }
                    }
                }
            }
        }

        return matrix;
    }

    /// <summary>Compares A x and Aᵀ y, also fused and in place, with products by the matrix for every plane.</summary>
    public static void CheckOperator(ILinearOperator a, Matrix<double> matrix)
    {
        const double Tolerance = 1e-6;
        Device device = a.Device;
        using var scope = new TensorScope(device);
        Tensor x = scope.Add(device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, 1)));
        Tensor y = scope.Add(device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2)));
        Tensor measured = scope.Allocate(a.MeasurementShape);
        Tensor image = scope.Allocate(a.ImageShape);
        device.Fill(float.NaN, measured);
        device.Fill(float.NaN, image);
        double[] ax = OnPlanes(x, plane => matrix * plane);
        double[] aty = OnPlanes(y, matrix.TransposeThisAndMultiply);
        a.Apply(x, measured);
        a.Adjoint(y, image);
        Assert.InRange(Fixture.RelativeError(measured, ax), 0, Tolerance);
        Assert.InRange(Fixture.RelativeError(image, aty), 0, Tolerance);

        // Missing measurements have no residual, whatever y contains there.
        ReadOnlySpan<bool> kept = a is MaskedBlur { Mask: { } mask } ? mask.Kept : [];
        double[] residual = [.. y.ToArray().Select((value, i) => value - 0.7 * ax[i])];
        for (int i = 0; i < residual.Length && kept.Length > 0; i++)
        {
            residual[i] = kept[i % kept.Length] ? residual[i] : 0;
        }

        device.Copy(y, measured);
        a.Residual(measured, x, measured, 0.7f);
        Assert.InRange(Fixture.RelativeError(measured, residual), 0, Tolerance);

        double[] sum = [.. x.ToArray().Select((value, i) => value - 1.3 * aty[i])];
        device.Copy(x, image);
        a.AddAdjoint(image, -1.3f, y, image);
        Assert.InRange(Fixture.RelativeError(image, sum), 0, Tolerance);
    }

    /// <summary>Asserts ⟨A x, y⟩ = ⟨x, Aᵀ y⟩ to 1e-5 of ‖A x‖‖y‖.</summary>
    public static void CheckAdjointIdentity(ILinearOperator a, int seed)
    {
        Device device = a.Device;
        using var scope = new TensorScope(device);
        Tensor x = scope.Add(device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, seed)));
        float[] values = Fixture.Normal((int)a.MeasurementShape.Count, seed + 1);
        Tensor y = scope.Add(device.Allocate(a.MeasurementShape, values));
        Tensor measured = scope.Allocate(a.MeasurementShape);
        Tensor image = scope.Allocate(a.ImageShape);
        a.Apply(x, measured);
        a.Adjoint(y, image);
        double difference = Fixture.Dot(measured.ToArray(), y.ToArray()) - Fixture.Dot(x.ToArray(), image.ToArray());
        double scale = Fixture.Norm(measured.ToArray()) * Fixture.Norm(y.ToArray());
        Assert.True(Math.Abs(difference) <= 1e-5 * scale, $"{a.Boundary} {a.ImageShape}: {difference / scale:e2}");
    }

    /// <summary>
    /// Compares every z-solver that applies, from two starts, and the double-precision reference with the dense
    /// solution of (ρI + AᵀA) z = Aᵀy + ρq for every plane.
    /// </summary>
    /// <returns>The names of the solvers that apply and are not approximate.</returns>
    public static IReadOnlyList<string> CheckSolvers(ILinearOperator a, Matrix<double> matrix)
    {
        const double Rho = 0.02;
        Device device = a.Device;
        using var scope = new TensorScope(device);
        Tensor y = scope.Add(device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 4)));
        Tensor[] starts =
        [
            .. ((int[])[3, 8]).Select(seed =>
                scope.Add(device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, seed)))),
        ];
        Tensor z = scope.Allocate(a.ImageShape);
        var factor = (matrix.TransposeThisAndMultiply(matrix)
            + Rho * Matrix<double>.Build.DenseIdentity(matrix.ColumnCount)).Cholesky();
        double[] measured = OnPlanes(y, matrix.TransposeThisAndMultiply);
        double[][] expected = [.. starts.Select(q => Solve(factor, measured, Rho, q))];
        var context = new ZSolverContext(a, y, Rho);
        var applied = new List<string>();
        foreach (ZSolver solver in ZSolvers.All.Where(s => s != LocalSolver.Analytic && s.WhyNot(context) is null))
        {
            using IZUpdate update = solver.Create(context);
            for (int i = 0; i < starts.Length; i++)
            {
                update.Solve(starts[i], z);
                double error = Fixture.RelativeError(z, expected[i]);
                Assert.True(error <= 1e-5, $"{solver.Name}: {error:e2}");
            }

            applied.Add(solver.Name);
        }

        ExactReference reference = ExactReference.Create(a, y, Rho)!;
        double[] exact = reference.Solve(Array.ConvertAll(starts[0].ToArray(), value => (double)value));
        Assert.All(exact, (value, i) => Assert.Equal(expected[0][i], value, 1e-6));
        return applied;
    }

    private static double[] Solve(
        MathNet.Numerics.LinearAlgebra.Factorization.Cholesky<double> factor, double[] measured, double rho, Tensor q)
    {
        float[] start = q.ToArray();
        int size = q.Shape.PlaneSize;
        return
        [
            .. Enumerable.Range(0, q.Shape.Planes).SelectMany(plane => factor.Solve(
                Vector<double>.Build.Dense(size, i => measured[plane * size + i] + rho * start[plane * size + i]))),
        ];
    }

    private static double[] OnPlanes(Tensor tensor, Func<Vector<double>, Vector<double>> map)
    {
        float[] values = tensor.ToArray();
        int size = tensor.Shape.PlaneSize;
        return
        [
            .. Enumerable.Range(0, tensor.Shape.Planes).SelectMany(plane =>
                map(Vector<double>.Build.Dense(size, i => values[plane * size + i]))),
        ];
    }

    private static int First(Boundary boundary, int size) =>
        boundary == Boundary.Valid ? size - 1 : (size - 1) / 2;

    private static int Continued(Boundary boundary, int index, int size) => boundary switch
    {
        Boundary.Periodic => (index + 2 * size) % size,
        Boundary.Reflect when index < 0 => -index,
        Boundary.Reflect when index >= size => 2 * size - 2 - index,
        _ when index < 0 || index >= size => -1,
        _ => index,
    };
}
