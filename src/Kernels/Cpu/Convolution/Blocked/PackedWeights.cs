namespace InfAdmm.Kernels.Cpu;

/// <summary>Packs weights in the order in which the kernel reads them.</summary>
internal static unsafe class PackedWeights
{
    /// <summary>
    /// Packs to [group of vectors][step][vector of the group]. <paramref name="weight"/> returns the value for an
    /// output channel and a step; lanes beyond the last channel are 0.
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
