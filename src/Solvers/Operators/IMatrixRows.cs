namespace InfAdmm.Solvers.Operators;

/// <summary>
/// An operator that can be written out as a sparse matrix in double precision, row by row from its definition: for
/// set-up and for references. It describes one <see cref="ILinearOperator.GramBlock"/>; the others have the same
/// matrix.
/// </summary>
public interface IMatrixRows
{
    /// <summary>The count of entries that a row has at most.</summary>
    int MostEntries { get; }

    /// <summary>Appends a row's entries; a pixel may come more than once, and then its weights add up.</summary>
    /// <param name="measurement">The index of the measured value within the block.</param>
    /// <param name="entries">Takes (index of the pixel within the block's image, weight).</param>
    void AppendRow(int measurement, List<(int Pixel, double Weight)> entries);
}
