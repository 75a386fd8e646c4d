using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>Indices beyond the edge of an axis.</summary>
internal static class GridIndex
{
    /// <summary>The pixel that an index stands for, at most one image away from it; −1 if there is none.</summary>
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
