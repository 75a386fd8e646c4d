namespace InfAdmm.Kernels.Cpu;

/// <summary>The addresses of the rows of a batch of pairs.</summary>
internal static unsafe class FftPairs
{
    /// <summary>
    /// Finds the rows of one pair per lane, starting at pair <paramref name="first"/>: in the image, and in block 0 of
    /// the plane. The first row of each pair is in the first half of the tables, the second row in the second half.
    /// Lanes beyond the last pair repeat it, so that they read and write the same data.
    /// </summary>
    public static void Find(
        FftGrid grid, int first, int pairs, float* image, float* blocks, int* places, float** images, float** rows)
    {
        for (int lane = 0; lane < grid.Lanes; lane++)
        {
            int pair = Math.Min(first + lane, pairs - 1);
            int plane = pair / grid.Pairs;
            int row = 2 * (pair % grid.Pairs);
            int mate = Math.Min(row + 1, grid.Height - 1);
            float* planeImage = image + (nint)plane * grid.Height * grid.Width;
            float* planeBlocks = blocks + plane * grid.PlaneSize;
            images[lane] = planeImage + (nint)row * grid.Width;
            images[grid.Lanes + lane] = planeImage + (nint)mate * grid.Width;
            rows[lane] = planeBlocks + 2L * grid.Lanes * (places == null ? row : places[row]);
            rows[grid.Lanes + lane] = planeBlocks + 2L * grid.Lanes * (places == null ? mate : places[mate]);
        }
    }
}
