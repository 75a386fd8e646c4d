using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The dense closed form: ρI + A Aᵀ is assembled and factored once (m³/3, in double, by MathNet), then every call is
/// two substitutions of m² on the device. A factor with solves, not an inverse: cheaper to make and more accurate.
/// </summary>
public sealed class CholeskyInverse : IGramInverse
{
    /// <summary>The largest number of measurements in a block: their factor takes 64 MiB.</summary>
    public const int MostMeasurements = 4096;

    private readonly Tensor _factor;

    /// <summary>Assembles and factors the matrix of one block.</summary>
    /// <exception cref="InputException">There are too many measurements.</exception>
    public CholeskyInverse(ILinearOperator linearOperator, double rho)
    {
        if (WhyTooLarge(linearOperator) is { } reason)
        {
            throw new InputException($"a dense factor cannot be made: {reason}");
        }

        int size = (int)linearOperator.GramBlock.Count;
        Matrix<double> matrix = GramMatrix.Dense(linearOperator);
        for (int i = 0; i < size; i++)
        {
            matrix[i, i] += rho;
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

    /// <summary>The z-solver <c>cholesky</c>.</summary>
    public static ZSolver Solver { get; } = new Cholesky();

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        e.Device.SolveTriangular(_factor, transposed: false, e, w);
        e.Device.SolveTriangular(_factor, transposed: true, w, w);
    }

    /// <summary>Frees the factor.</summary>
    public void Dispose() => _factor.Dispose();

    private static string? WhyTooLarge(ILinearOperator linearOperator) =>
        linearOperator.GramBlock.Count > MostMeasurements
            ? $"{linearOperator.GramBlock.Count} measurements are more than the {MostMeasurements} that a dense factor can hold"
            : null;

    private sealed class Cholesky : InverseZSolver
    {
        public override string Name => "cholesky";

        public override string Colour => "#999999";

        public override string? WhyNot(ZSolverContext context) => WhyTooLarge(context.Operator);

        public override string Describe(ZSolverContext context) =>
            $"A, two substitutions of {context.Operator.GramBlock.Count} unknowns, Aᵀ";

        public override IGramInverse CreateInverse(ZSolverContext context) =>
            new CholeskyInverse(context.Operator, context.Rho);
    }
}
