using System.Runtime.InteropServices;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// The counters and settings of the stand-in for the driver and the libraries, if it is loaded. It is built from
/// native/host and runs everything on the processor.
/// </summary>
internal static class StandIn
{
    private delegate long CountFunction([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    private delegate long LiveFunction();

    private delegate void ResetFunction();

    private delegate int TextFunction([Out] byte[] buffer, int bytes);

    private delegate void SetFunction([MarshalAs(UnmanagedType.LPUTF8Str)] string key, long value);

    /// <summary>Whether the loaded driver is the stand-in.</summary>
    public static bool IsLoaded => NativeLibraries.Exports(NativeLibraries.Cuda, "standin_count");

    /// <summary>Skips the test if the driver is not the stand-in.</summary>
    public static void Require() => Assert.SkipUnless(IsLoaded, "needs the stand-in for the CUDA driver");

    /// <summary>The number of handles of all kinds that were created and not destroyed.</summary>
    public static long LiveHandles => Export<LiveFunction>("standin_live_handles")();

    /// <summary>The number of memory blocks, on the device and pinned, that were allocated and not freed.</summary>
    public static long LiveAllocations => Export<LiveFunction>("standin_live_allocations")();

    /// <summary>The number of communicators of NCCL that were made and not ended.</summary>
    public static long LiveCommunicators => Export<LiveFunction>("standin_live_communicators")();

    /// <summary>Whether INFADMM_STANDIN asks for the interpreter of PTX.</summary>
    public static bool RunsPtx =>
        Environment.GetEnvironmentVariable("INFADMM_STANDIN")?.Split(',').Contains("ptx=1") == true;

    /// <summary>What the stand-in said about the last error of a kernel.</summary>
    public static string LastFault => Text("standin_last_fault");

    /// <summary>How often a function was called.</summary>
    public static long Count(string function) => Export<CountFunction>("standin_count")(function);

    /// <summary>Resets all counters.</summary>
    public static void ResetCounts() => Export<ResetFunction>("standin_reset_counts")();

    /// <summary>The functions called since the counters were reset.</summary>
    public static IEnumerable<string> Called() =>
        Text("standin_function_names")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(name => Count(name) > 0);

    /// <summary>Changes a setting until the result is disposed.</summary>
    public static IDisposable With(string key, long value, long before) => new Setting(key, value, before);

    /// <summary>Modules loaded until the result is disposed are executed from their PTX.</summary>
    public static IDisposable UsePtx()
    {
        Gpu.NeedStandIn();
        return With("ptx", 1, RunsPtx ? 1 : 0);
    }

    /// <summary>Makes the next call of a function fail with a given status.</summary>
    public static void FailNext(string function, int status) => Set($"fail_{function}", status);

    private static string Text(string function)
    {
        byte[] text = new byte[1 << 16];
        int length = Export<TextFunction>(function)(text, text.Length);
        return System.Text.Encoding.UTF8.GetString(text, 0, Math.Clamp(length - 1, 0, text.Length));
    }

    private static void Set(string key, long value) => Export<SetFunction>("standin_set")(key, value);

    private static T Export<T>(string name)
        where T : Delegate
    {
        nint address = NativeLibrary.GetExport(NativeLibraries.Find(NativeLibraries.Cuda).Handle, name);
        return Marshal.GetDelegateForFunctionPointer<T>(address);
    }

    private sealed class Setting : IDisposable
    {
        private readonly string _key;
        private readonly long _before;

        public Setting(string key, long value, long before)
        {
            _key = key;
            _before = before;
            Set(key, value);
        }

        public void Dispose() => Set(_key, _before);
    }
}
