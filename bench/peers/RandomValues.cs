namespace InfAdmm.Bench.Peers;

/// <summary>Repeatable random numbers on the host.</summary>
internal static class RandomValues
{
    /// <summary>Draws <paramref name="count"/> numbers in [0, 1), like the pixels of an image.</summary>
    public static float[] Pixels(Random random, long count)
    {
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle();
        }

        return values;
    }
}
