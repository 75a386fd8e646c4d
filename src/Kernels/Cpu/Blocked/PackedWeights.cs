namespace InfAdmm.Kernels.Cpu.Blocked;

/// <summary>Brings weights from the host into the order in which the kernel reads them.</summary>
internal static unsafe class PackedWeights
{
    /// <summary>
    /// Packs [group of vectors][step][vector of the group]: <paramref name="weight"/> gives the value of output channel o
    /// at a step; channels that do not exist are 0.
    /// </summary>
    public static void Pack(
        VectorGroups groups, int lanes, int channels, int steps, Func<int, int, float> weight, float* target)
    {
        for (int group = 0; group < groups.Count; group++)
        {
            int first = groups.Start(group) * lanes;
            int width = groups.Size(group) * lanes;
            for (int step = 0; step < steps; step++)
            {
                for (int lane = 0; lane < width; lane++)
                {
                    *target++ = first + lane < channels ? weight(first + lane, step) : 0;
                }
            }
        }
    }

    /// <summary>
    /// Packs transformed kernels, [group of vectors][point][input channel][vector of the group]: G g Gᵀ in double,
    /// rounded once.
    /// </summary>
    public static void PackWinograd(
        VectorGroups groups, int lanes, ConvolutionGeometry geometry, float* target)
    {
        const int Points = WinogradWeights.Points;
        int taps = geometry.KernelHeight;
        double[,] matrix = WinogradWeights.Matrix(taps);
        int depth = geometry.Input.C;
        var half = new double[Points, taps];
        for (int group = 0; group < groups.Count; group++)
        {
            int first = groups.Start(group) * lanes;
            int width = groups.Size(group) * lanes;
            for (int lane = 0; lane < width && first + lane < geometry.Output.C; lane++)
            {
                for (int c = 0; c < depth; c++)
                {
                    MultiplyLeft(matrix, geometry, first + lane, c, half);
                    for (int point = 0; point < Points * Points; point++)
                    {
                        double sum = 0;
                        for (int l = 0; l < taps; l++)
                        {
                            sum += half[point / Points, l] * matrix[point % Points, l];
                        }

                        target[((long)point * depth + c) * width + lane] = (float)sum;
                    }
                }
            }

            target += (long)Points * Points * depth * width;
        }
    }

    private static void MultiplyLeft(
        double[,] matrix, ConvolutionGeometry geometry, int output, int input, double[,] half)
    {
        for (int l = 0; l < geometry.KernelWidth; l++)
        {
            for (int i = 0; i < WinogradWeights.Points; i++)
            {
                double sum = 0;
                for (int k = 0; k < geometry.KernelHeight; k++)
                {
                    sum += matrix[i, k] * geometry.Weight(output, input, k, l);
                }

                half[i, l] = sum;
            }
        }
    }
}
