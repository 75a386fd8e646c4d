namespace InfAdmm.Engine;

/// <summary>Indices beyond the edges of an image.</summary>
public static class IndexArithmetic
{
    /// <summary>index mod size in [0, size), for any index.</summary>
    public static int Modulo(int index, int size)
    {
        int remainder = index % size;
        return remainder < 0 ? remainder + size : remainder;
    }
}
