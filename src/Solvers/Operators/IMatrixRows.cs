namespace InfAdmm.Solvers.Operators;

/// <summary>
/// An operator that can be written as a sparse matrix in double precision, row by row from its definition, for set-up
/// and references. It describes one <see cref="ILinearOperator.GramBlock"/>; the others have the same matrix.
/// </summary>
public interface IMatrixRows
{
    /// <summary>The maximum number of entries in a row.</summary>
    int MostEntries { get; }

    /// <summary>Appends the entries of a row. A pixel may occur more than once; its weights then add up.</summary>
    /// <param name="measurement">The index of the measured value within the block.</param>
    /// <param name="entries">Receives (index of the pixel within the block's image, weight).</param>
    void AppendRow(int measurement, List<(int Pixel, double Weight)> entries);
}
