using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The reference for an operator written as a sparse matrix: (ρI + A Aᵀ) w = y − A q by conjugate gradients in double
/// precision, warm-started at the last w of the block.
/// </summary>
public sealed class SparseReference : ExactReference
{
    /// <summary>The maximum number of entries of A, and of A Aᵀ: 12 bytes each.</summary>
    private const long MostEntries = 40_000_000;

    private readonly double[] _y;
    private readonly SparseMatrix _matrix;
    private readonly SparseMatrix _transpose;
    private readonly SparseMatrix _gram;
    private readonly double[][] _solutions;

    /// <summary>Computes the matrices A, Aᵀ and A Aᵀ.</summary>
    public SparseReference(ILinearOperator linearOperator, IMatrixRows rows, Tensor y, double rho)
        : base(rho)
    {
        _y = Array.ConvertAll(y.ToArray(), value => (double)value);
        int size = (int)linearOperator.GramBlock.Count;
        _matrix = SparseMatrix.FromRows(rows, size);
        _transpose = _matrix.Transpose();
        _gram = _matrix.TimesTranspose();
        _solutions = [.. Enumerable.Range(0, _y.Length / size).Select(_ => new double[size])];
    }

    /// <inheritdoc/>
    public override double[] Solve(double[] q, CancellationToken cancellation = default)
    {
        double[] z = [.. q];
        int imageSize = q.Length / _solutions.Length;
        int size = _gram.Rows;
        double[] right = new double[size];
        double[] change = new double[_transpose.Rows];
        for (int block = 0; block < _solutions.Length; block++)
        {
            _matrix.Multiply(q.AsMemory(block * imageSize, imageSize), right);
            for (int i = 0; i < size; i++)
            {
                right[i] = _y[block * size + i] - right[i];
            }

            _gram.Solve(Rho, right, _solutions[block], cancellation);
            _transpose.Multiply(_solutions[block], change);
            for (int i = 0; i < change.Length; i++)
            {
                z[block * imageSize + i] += change[i];
            }
        }

        return z;
    }

    /// <summary>Whether the matrices fit into memory.</summary>
    internal static bool Fits(ILinearOperator linearOperator, IMatrixRows rows) =>
        linearOperator.GramBlock.Count * Math.Max(rows.MostEntries, GramEntries(linearOperator)) <= MostEntries;

    /// <summary>The entries in a row of A Aᵀ, where the operator's kernels tell; otherwise 1.</summary>
    private static int GramEntries(ILinearOperator linearOperator) =>
        linearOperator.Local?.Grams.Max(gram => gram.Values.Length) ?? 1;
}
