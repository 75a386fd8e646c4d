namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>The division by multiplication of native/divisor.cuh, computed here as it is there. Needs no GPU.</summary>
public sealed class DivisorTests
{
    /// <summary>
    /// Catches a multiplier that is rounded down or overflows, and a shift that is off by one: at the multiples of the divisor
    /// and beside them, up to the largest dividend.
    /// </summary>
    [Fact]
    public void Quotients_are_exact_below_two_to_the_31()
    {
        const long End = 1L << 31;
        var random = new Random(1);
        int[] divisors =
        [
            .. Enumerable.Range(1, 1000), .. Enumerable.Range(0, 31).SelectMany(k => (int[])[1 << k, (1 << k) + 1]),
            .. Enumerable.Range(0, 1000).Select(_ => random.Next(1, int.MaxValue)), int.MaxValue - 1, int.MaxValue,
        ];
        foreach (int value in divisors)
        {
            Divisor by = Divisor.Of(value);
            long last = (End - 1) / value;
            long[] quotients = [0, 1, 2, last - 1, last, .. Enumerable.Range(0, 100).Select(_ => random.NextInt64(last + 1))];
            foreach (long n in quotients.SelectMany(q => (long[])[q * value - 1, q * value, (q + 1) * value - 1]))
            {
                if (n is >= 0 and < End)
                {
                    Assert.True(n / value == Divided((uint)n, by), $"{n} / {value}");
                }
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void No_divisor_below_one(int value) => Assert.Throws<ArgumentOutOfRangeException>(() => Divisor.Of(value));

    private static uint Divided(uint n, Divisor by) =>
        (uint)((ulong)(2 * n) * by.Multiplier >> 32) >> (int)by.Shift;
}
