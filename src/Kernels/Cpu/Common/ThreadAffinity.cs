using System.Runtime.InteropServices;

namespace InfAdmm.Kernels.Cpu;

/// <summary>Binds threads to cores, on Linux and Windows.</summary>
internal static unsafe partial class ThreadAffinity
{
    private const int MaskWords = 16;
    private const int WordBits = 64;

    /// <summary>Checks that this process may use a core.</summary>
    /// <exception cref="ArgumentException">The core does not exist, or may not be used.</exception>
    public static void Check(int core)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows())
        {
            throw new ArgumentException("threads are bound to cores on Linux and Windows only: leave the cores out");
        }

        Span<ulong> allowed = stackalloc ulong[MaskWords];
        allowed.Clear();
        Read(allowed);
        if (core < 0 || core >= MaskWords * WordBits || (allowed[core / WordBits] >> (core % WordBits) & 1) == 0)
        {
            throw new ArgumentException(
                $"core {core} does not exist or may not be used by this process: choose from {Listed(allowed)}");
        }
    }

    /// <summary>Binds the current thread to a core that was checked.</summary>
    public static void Bind(int core)
    {
        Span<ulong> mask = stackalloc ulong[MaskWords];
        mask.Clear();
        mask[core / WordBits] = 1UL << (core % WordBits);
        Write(mask);
    }

    /// <summary>Lets the current thread run on every core of a mask.</summary>
    public static void Write(ReadOnlySpan<ulong> mask)
    {
        fixed (ulong* words = mask)
        {
            if (OperatingSystem.IsWindows())
            {
                SetThreadAffinityMask(GetCurrentThread(), (nuint)words[0]);
            }
            else
            {
                _ = SetAffinity(0, MaskWords * sizeof(ulong), words);
            }
        }
    }

    /// <summary>Reads the cores that the current thread may run on.</summary>
    public static void Read(Span<ulong> mask)
    {
        fixed (ulong* words = mask)
        {
            if (OperatingSystem.IsWindows())
            {
                GetProcessAffinityMask(GetCurrentProcess(), out nuint process, out _);
                words[0] = process;
            }
            else
            {
                _ = GetAffinity(0, MaskWords * sizeof(ulong), words);
            }
        }
    }

    private static string Listed(ReadOnlySpan<ulong> mask)
    {
        var cores = new List<int>();
        for (int core = 0; core < MaskWords * WordBits; core++)
        {
            if ((mask[core / WordBits] >> (core % WordBits) & 1) != 0)
            {
                cores.Add(core);
            }
        }

        return string.Join(", ", cores);
    }

    // A process number of 0 is the calling thread.
    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentThread();

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentProcess();

    [LibraryImport("kernel32")]
    private static partial nuint SetThreadAffinityMask(nint thread, nuint mask);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetProcessAffinityMask(nint process, out nuint mask, out nuint system);
}
