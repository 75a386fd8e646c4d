namespace InfAdmm.Imaging.Datasets;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA'14) with a state that is
/// computed from a seed and two counters, so that any step of a training run can be reproduced on its own.
/// </summary>
public struct CounterRandom
{
    private ulong _state;

    /// <summary>The random stream of a seed and two counters.</summary>
    public CounterRandom(ulong seed, ulong first, ulong second)
    {
        _state = Mix(Mix(Mix(seed) ^ first) ^ second);
    }

    /// <summary>
    /// A uniform number from 0 to <paramref name="bound"/> − 1; probabilities differ by less than 1 part in 2³².
    /// </summary>
    public int Next(int bound)
    {
        _state += 0x9e3779b97f4a7c15;
        return (int)Math.BigMul(Finish(_state), (ulong)bound, out _);
    }

    private static ulong Mix(ulong value) => Finish(value + 0x9e3779b97f4a7c15);

    private static ulong Finish(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
