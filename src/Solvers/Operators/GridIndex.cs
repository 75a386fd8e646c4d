using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>Indices beyond the edge of an axis.</summary>
internal static class GridIndex
{
    /// <summary>The index in [0, size) that is congruent to one of any sign.</summary>
    public static int Modulo(long index, int size) => (int)((index % size + size) % size);

    /// <summary>The pixel that an index stands for, at most one image away from it; −1 if there is none.</summary>
    public static int Beyond(int index, int size, Boundary boundary)
    {
        if (boundary == Boundary.Periodic)
        {
            return Modulo(index, size);
        }

        if (boundary == Boundary.Reflect)
        {
            index = index < 0 ? -index : index >= size ? 2 * (size - 1) - index : index;
        }

        return index >= 0 && index < size ? index : -1;
    }
}
