namespace InfAdmm.Kernels.Cpu;

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
}
