using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The dense closed form: ρI + A Aᵀ is assembled and factored once (m³/3 multiply-adds in double precision on the
/// host); each call is then two substitutions of m² operations on the device. A factorisation is cheaper to compute and more
/// accurate than an explicit inverse.
/// </summary>
public sealed class CholeskyInverse : IGramInverse
{
    /// <summary>The maximum number of measurements in a block; their factor takes 256 MiB, its computation 512 MiB.</summary>
    public const int MostMeasurements = 8192;

    private readonly Tensor _factor;

    /// <summary>Assembles and factors the matrix of one block.</summary>
    /// <exception cref="InputException">There are too many measurements.</exception>
    public CholeskyInverse(ILinearOperator linearOperator, double rho)
    {
        if (WhyTooLarge(linearOperator) is { } reason)
        {
            throw new InputException($"the dense matrix cannot be factored: {reason}");
        }

        int size = (int)linearOperator.GramBlock.Count;
        double[] matrix = GramMatrix.Dense(linearOperator);
        for (int i = 0; i < size; i++)
        {
            matrix[i * size + i] += rho;
        }

        BlockedCholesky.Factor(matrix, size, linearOperator.Device.Threads);
        float[] rows = new float[size * size];
        Parallel.For(0, size, i => ToSingle(matrix.AsSpan(i * size, i + 1), rows.AsSpan(i * size, i + 1)));
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

    private static void ToSingle(ReadOnlySpan<double> values, Span<float> result)
    {
        for (int i = 0; i < values.Length; i++)
        {
            result[i] = (float)values[i];
        }
    }

    private static string? WhyTooLarge(ILinearOperator linearOperator) =>
        linearOperator.GramBlock.Count > MostMeasurements
            ? $"{linearOperator.GramBlock.Count} measurements exceed the limit of {MostMeasurements} for a dense factor"
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
