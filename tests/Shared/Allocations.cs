namespace InfAdmm.Tests.Shared;

/// <summary>Checks of what is allocated on the managed heap.</summary>
internal static class Allocations
{
    private const int Calls = 5;

    /// <summary>
    /// Asserts that an action, once it has run, allocates nothing on the calling thread. The runtime allocates 1 to 3 kB
    /// when a lock of the process is contended for the first time, which may be in any call; code that allocates does so
    /// in all of them.
    /// </summary>
    public static void AssertNone(Action action)
    {
        action();
        long least = long.MaxValue;
        for (int call = 0; call < Calls && least > 0; call++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }
}
