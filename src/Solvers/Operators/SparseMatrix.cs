namespace InfAdmm.Solvers.Operators;

/// <summary>
/// A sparse matrix in double precision in compressed-row format, for set-up and references on the host.
/// </summary>
internal sealed class SparseMatrix
{
    private const int RowsATime = 512;

    // Far below what a float32 solver can reach.
    private const double Tolerance = 1e-11;
    private const int MostIterations = 20_000;

    private readonly int _columns;
    private readonly int[] _starts;
    private readonly int[] _indices;
    private readonly double[] _values;

    private SparseMatrix(int columns, int[] starts, int[] indices, double[] values)
    {
        _columns = columns;
        _starts = starts;
        _indices = indices;
        _values = values;
    }

    /// <summary>The number of rows.</summary>
    public int Rows => _starts.Length - 1;

    /// <summary>Writes an operator as a matrix.</summary>
    /// <param name="source">The operator.</param>
    /// <param name="rows">The number of rows of its matrix.</param>
    public static SparseMatrix FromRows(IMatrixRows source, int rows)
    {
        int[] starts = new int[rows + 1];
        var indices = new List<int>();
        var values = new List<double>();
        var entries = new List<(int Pixel, double Weight)>(source.MostEntries);
        int columns = 0;
        for (int row = 0; row < rows; row++)
        {
            entries.Clear();
            source.AppendRow(row, entries);
            foreach ((int pixel, double weight) in entries)
            {
                indices.Add(pixel);
                values.Add(weight);
                columns = Math.Max(columns, pixel + 1);
            }

            starts[row + 1] = indices.Count;
        }

        return new SparseMatrix(columns, starts, [.. indices], [.. values]);
    }

    /// <summary>
    /// Returns this matrix times its transpose, by Gustavson's row-wise algorithm (ACM TOMS 4(3):250, 1978).
    /// </summary>
    public SparseMatrix TimesTranspose()
    {
        SparseMatrix transpose = Transpose();
        double[] sums = new double[Rows];
        bool[] isSet = new bool[Rows];
        var touched = new List<int>();
        int[] starts = new int[Rows + 1];
        var indices = new List<int>();
        var values = new List<double>();
        for (int row = 0; row < Rows; row++)
        {
            touched.Clear();
            for (int i = _starts[row]; i < _starts[row + 1]; i++)
            {
                int pixel = _indices[i];
                for (int j = transpose._starts[pixel]; j < transpose._starts[pixel + 1]; j++)
                {
                    int other = transpose._indices[j];
                    if (!isSet[other])
                    {
                        isSet[other] = true;
                        touched.Add(other);
                    }

                    sums[other] += _values[i] * transpose._values[j];
                }
            }

            touched.Sort();
            foreach (int other in touched)
            {
                indices.Add(other);
                values.Add(sums[other]);
                sums[other] = 0;
                isSet[other] = false;
            }

            starts[row + 1] = indices.Count;
        }

        return new SparseMatrix(Rows, starts, [.. indices], [.. values]);
    }

    /// <summary>Returns the transpose.</summary>
    public SparseMatrix Transpose()
    {
        int[] starts = new int[_columns + 1];
        foreach (int column in _indices)
        {
            starts[column + 1]++;
        }

        for (int column = 0; column < _columns; column++)
        {
            starts[column + 1] += starts[column];
        }

        int[] next = starts[..^1];
        int[] indices = new int[_indices.Length];
        double[] values = new double[_values.Length];
        for (int row = 0; row < Rows; row++)
        {
            for (int i = _starts[row]; i < _starts[row + 1]; i++)
            {
                int place = next[_indices[i]]++;
                indices[place] = row;
                values[place] = _values[i];
            }
        }

        return new SparseMatrix(Rows, starts, indices, values);
    }

    /// <summary>result = M x + shift·x, or M x; uses all cores.</summary>
    public void Multiply(ReadOnlyMemory<double> x, double[] result, double shift = 0)
    {
        Parallel.For(0, (Rows + RowsATime - 1) / RowsATime, part =>
        {
            ReadOnlySpan<double> source = x.Span;
            for (int row = part * RowsATime; row < Math.Min(Rows, (part + 1) * RowsATime); row++)
            {
                double sum = shift == 0 ? 0 : shift * source[row];
                for (int i = _starts[row]; i < _starts[row + 1]; i++)
                {
                    sum += _values[i] * source[_indices[i]];
                }

                result[row] = sum;
            }
        });
    }

    /// <summary>
    /// Solves (M + shift·I) w = right for a symmetric positive definite matrix by conjugate gradients.
    /// </summary>
    /// <param name="shift">The value added to the diagonal.</param>
    /// <param name="right">The right-hand side.</param>
    /// <param name="w">The initial value; receives the solution, to a relative residual of 1e-11.</param>
    /// <param name="cancellation">Stops between two iterations; w is of no use then.</param>
    public void Solve(double shift, double[] right, double[] w, CancellationToken cancellation = default)
    {
        double[] image = new double[w.Length];
        double[] residual = new double[w.Length];
        Multiply(w, image, shift);
        for (int i = 0; i < w.Length; i++)
        {
            residual[i] = right[i] - image[i];
        }

        double[] direction = [.. residual];
        double square = Dot(residual, residual);
        double target = Tolerance * Tolerance * Dot(right, right);
        for (int iteration = 0; iteration < MostIterations && square > target; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            Multiply(direction, image, shift);
            double length = square / Dot(direction, image);
            for (int i = 0; i < w.Length; i++)
            {
                w[i] += length * direction[i];
                residual[i] -= length * image[i];
            }

            double next = Dot(residual, residual);
            double share = next / square;
            square = next;
            for (int i = 0; i < w.Length; i++)
            {
                direction[i] = residual[i] + share * direction[i];
            }
        }
    }

    /// <summary>Calls back for every entry with row, column and value.</summary>
    public void ForEach(Action<int, int, double> visit)
    {
        for (int row = 0; row < Rows; row++)
        {
            for (int i = _starts[row]; i < _starts[row + 1]; i++)
            {
                visit(row, _indices[i], _values[i]);
            }
        }
    }

    private static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
