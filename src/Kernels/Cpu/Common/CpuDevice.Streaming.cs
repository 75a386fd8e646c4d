using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// How an op whose operands exceed the last-level cache stores its result. A plain store first reads the cache line
/// that it overwrites, which adds half of the traffic of a copy; a streaming store does not, but leaves nothing in the
/// cache for the next op.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    private interface IStore
    {
        static abstract void Store(float* destination, V value);

        /// <summary>Called at the end of a job.</summary>
        static abstract void Finish();
    }

    /// <summary>
    /// True if streaming stores are faster, for a destination that is not one of the sources (those are in the cache
    /// already).
    /// </summary>
    /// <param name="destination">Where the op stores its result.</param>
    /// <param name="bytes">The bytes that it reads and writes.</param>
    private static bool Streams(float* destination, long bytes) =>
        bytes > CacheSizes.LastLevel && (nint)destination % (S.Width * sizeof(float)) == 0;

    private readonly struct CachedStore : IStore
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(float* destination, V value) => S.Store(destination, value);

        public static void Finish()
        {
        }
    }

    private readonly struct StreamingStore : IStore
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(float* destination, V value) => S.StoreStreaming(destination, value);

        public static void Finish() => S.Fence();
    }
}
