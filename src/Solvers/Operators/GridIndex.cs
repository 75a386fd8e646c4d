using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>Maps indices beyond the edge of an axis.</summary>
internal static class GridIndex
{
    /// <summary>
    /// Returns the pixel that an index maps to, for indices at most one image size outside; −1 for none.
    /// </summary>
    public static int Beyond(int index, int size, Boundary boundary)
    {
        if (boundary == Boundary.Periodic)
        {
            return IndexArithmetic.Modulo(index, size);
        }

        if (boundary == Boundary.Reflect)
        {
            index = index < 0 ? -index : index >= size ? 2 * (size - 1) - index : index;
        }

        return index >= 0 && index < size ? index : -1;
    }
}
