namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Transposes a few long rows: target[i][r] = source[r][i]. Blocks of one vector per row are interleaved pairwise, row
/// r with row r + rows/2, in log₂(rows) rounds. Bound by stores: about log₂(rows)/lanes per element.
/// </summary>
internal static unsafe class Transposition<S, V>
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>
    /// Packs rows in the order of a micro-kernel's weights, [count][rows]; rows beyond the valid ones are zero.
    /// </summary>
    /// <param name="source">The first row.</param>
    /// <param name="pitch">Floats from one row to the next.</param>
    /// <param name="valid">Rows that exist.</param>
    /// <param name="rows">Rows to write, a power of two.</param>
    /// <param name="count">Elements of a row.</param>
    /// <param name="target">Receives rows·count floats.</param>
    public static void PackRows(float* source, long pitch, int valid, int rows, int count, float* target)
    {
        float* buffer = stackalloc float[2 * rows * S.Width];
        int whole = count - count % S.Width;
        for (int i = 0; i < whole; i += S.Width)
        {
            TransposeBlock(source + i, pitch, valid, rows, buffer, target + (long)i * rows);
        }

        PackTail(source, pitch, valid, rows, whole, count, target, rows);
    }

    /// <summary>Transposes one row per vector lane: target[i·targetPitch + r] = source[r·pitch + i].</summary>
    public static void PackLanes(float* source, long pitch, int count, float* target, long targetPitch)
    {
        int lanes = S.Width;
        float* buffer = stackalloc float[3 * lanes * lanes];
        float* block = buffer + 2 * lanes * lanes;
        int whole = count - count % lanes;
        for (int i = 0; i < whole; i += lanes)
        {
            TransposeBlock(source + i, pitch, lanes, lanes, buffer, block);
            for (int p = 0; p < lanes; p++)
            {
                S.Store(target + (i + p) * targetPitch, S.Load(block + p * lanes));
            }
        }

        PackTail(source, pitch, lanes, lanes, whole, count, target, targetPitch);
    }

    private static void PackTail(
        float* source, long pitch, int valid, int rows, int from, int to, float* target, long targetPitch)
    {
        for (int i = from; i < to; i++)
        {
            for (int r = 0; r < rows; r++)
            {
                target[i * targetPitch + r] = r < valid ? source[r * pitch + i] : 0;
            }
        }
    }

    private static void TransposeBlock(
        float* source, long pitch, int valid, int rows, float* buffer, float* target)
    {
        if (rows == 1)
        {
            S.Store(target, S.Load(source));
            return;
        }

        int arrays = rows / 2;
        int length = 2 * S.Width;
        float* current = arrays == 1 ? target : buffer;
        float* other = buffer + rows * S.Width;
        for (int r = 0; r < arrays; r++)
        {
            V low = r < valid ? S.Load(source + r * pitch) : S.Zero;
            V high = r + arrays < valid ? S.Load(source + (r + arrays) * pitch) : S.Zero;
            S.Interleave2(current + r * length, low, high);
        }

        while (arrays > 1)
        {
            arrays /= 2;
            float* next = arrays == 1 ? target : other;
            other = current;
            for (int i = 0; i < arrays * length; i += S.Width)
            {
                S.Interleave2(next + 2 * i, S.Load(current + i), S.Load(current + arrays * length + i));
            }

            length *= 2;
            current = next;
        }
    }
}
