using System.Runtime.CompilerServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// How an op whose operands exceed the last cache stores its result. A plain store reads the line that it is about to
/// overwrite, half as much traffic again for a copy; a streaming one does not, but leaves nothing in the cache for the
/// next op.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    private interface IStore
    {
        static abstract void Store(float* destination, V value);

        /// <summary>Ends a job.</summary>
        static abstract void Finish();
    }

    /// <summary>
    /// True if streaming stores pay for a destination that is none of the sources, which are in the cache already.
    /// </summary>
    /// <param name="destination">Where the op stores.</param>
    /// <param name="bytes">What it moves in all.</param>
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
