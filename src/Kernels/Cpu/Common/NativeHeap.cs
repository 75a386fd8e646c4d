using System.Runtime.InteropServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Makes the C library return large blocks to the system when they are freed. By default, glibc raises the length from
/// which it does so to 32 MiB as large blocks are freed; below it they leave holes in the heap, and a program that works
/// on pictures of many sizes holds a third more memory than the largest of them needs.
/// </summary>
internal static partial class NativeHeap
{
    private const int MemoryMapThreshold = -3;
    private const int LeastMappedBytes = 1 << 18;

    private static int _isSet;

    /// <summary>Sets the limit for the whole process, once. Does nothing for other C libraries.</summary>
    public static void ReturnLargeBlocks()
    {
        if (!OperatingSystem.IsLinux() || Interlocked.Exchange(ref _isSet, 1) == 1)
        {
            return;
        }

        try
        {
            _ = SetOption(MemoryMapThreshold, LeastMappedBytes);
        }
        catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException)
        {
            // musl has no such option, and maps large blocks anyway.
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
