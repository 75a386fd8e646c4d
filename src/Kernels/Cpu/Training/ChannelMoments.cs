namespace InfAdmm.Kernels.Cpu;

/// <summary>A sum over a channel: the terms of its planes are added in the order of the images.</summary>
internal interface IChannelSum<TSum>
    where TSum : unmanaged
{
    void Add(in TSum other);
}

/// <summary>
/// Count, mean and sum of squared deviations of a set of values. Two sets are merged without the cancellation of
/// E[x²] − E[x]² (Chan, Golub and LeVeque 1983).
/// </summary>
internal struct ChannelMoments : IChannelSum<ChannelMoments>
{
    /// <summary>
    /// Vectors of values whose deviations are taken from one mean. Few enough for sums in float; with 512-bit vectors
    /// they fill half the first-level cache, where the second pass finds them.
    /// </summary>
    private const int BlockVectors = CacheSizes.FirstLevel / 2 / (512 / 8);

    public double Count;
    public double Mean;
    public double SquaredDeviations;

    /// <summary>The moments of an array.</summary>
    public static unsafe ChannelMoments Of<S, V>(float* x, int count)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        var moments = default(ChannelMoments);
        int block = BlockVectors * S.Width;
        for (int start = 0; start < count; start += block)
        {
            moments.Add(OfBlock<S, V>(x + start, Math.Min(block, count - start)));
        }

        return moments;
    }

    public void Add(in ChannelMoments other)
    {
        double total = Count + other.Count;
        double share = other.Count / total;
        double distance = other.Mean - Mean;
        Mean += distance * share;
        SquaredDeviations += other.SquaredDeviations + distance * distance * Count * share;
        Count = total;
    }

    /// <summary>
    /// The deviations are from the mean rounded to float; their own mean corrects for that rounding.
    /// </summary>
    private static unsafe ChannelMoments OfBlock<S, V>(float* x, int count)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        (double sum, double _) = Sums<S, V>(x, count, 0);
        float centre = (float)(sum / count);
        (double deviations, double squares) = Sums<S, V>(x, count, centre);
        double rest = deviations / count;
        return new ChannelMoments
        {
            Count = count,
            Mean = centre + rest,
            SquaredDeviations = squares - deviations * rest,
        };
    }

    /// <summary>
    /// Σ (x − centre) and Σ (x − centre)²: the lanes add up one block in float, their sums are added in double.
    /// </summary>
    private static unsafe (double Sum, double Squares) Sums<S, V>(float* x, int count, float centre)
        where S : struct, ISimd<V>
        where V : unmanaged
    {
        V shift = S.Broadcast(centre);
        V sum0 = S.Zero;
        V sum1 = S.Zero;
        V squares0 = S.Zero;
        V squares1 = S.Zero;
        int i = 0;
        for (; i <= count - 2 * S.Width; i += 2 * S.Width)
        {
            V d0 = S.Subtract(S.Load(x + i), shift);
            V d1 = S.Subtract(S.Load(x + i + S.Width), shift);
            sum0 = S.Add(sum0, d0);
            sum1 = S.Add(sum1, d1);
            squares0 = S.MultiplyAdd(d0, d0, squares0);
            squares1 = S.MultiplyAdd(d1, d1, squares1);
        }

        double sum = S.Sum(sum0) + S.Sum(sum1);
        double squares = S.Sum(squares0) + S.Sum(squares1);
        for (; i < count; i++)
        {
            double d = x[i] - centre;
            sum += d;
            squares += d * d;
        }

        return (sum, squares);
    }
}
