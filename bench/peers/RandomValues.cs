namespace InfAdmm.Bench.Peers;

/// <summary>Repeatable random numbers on the host.</summary>
internal static class RandomValues
{
    /// <summary>A normal number of mean 0 (Box and Muller).</summary>
    public static float Normal(Random random, double scale)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return (float)(scale * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
    }

    /// <summary>So many numbers in [0, 1), like the pixels of an image.</summary>
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
