using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Bench.Gpu;

/// <summary>What the stand-in's interpreter executed of a kernel, over some launches.</summary>
/// <param name="Kernel">The name of the kernel.</param>
/// <param name="Code">The instructions of its PTX.</param>
/// <param name="Launches">The launches.</param>
/// <param name="Cooperative">Those whose blocks wait for each other.</param>
/// <param name="Blocks">The blocks of all launches.</param>
/// <param name="Warps">The warps of all blocks.</param>
/// <param name="Instructions">The executed instructions of PTX, each for a whole warp.</param>
/// <param name="Atomics">The atomic accesses of threads.</param>
/// <param name="LoadSectors">Sectors of 32 bytes of global memory that the requests of warps load.</param>
/// <param name="LoadTouched">The different ones of each launch.</param>
/// <param name="StoreSectors">Sectors that requests store.</param>
/// <param name="StoreTouched">The different ones of each launch.</param>
/// <param name="SharedCycles">The cycles of requests to shared memory.</param>
internal sealed record KernelCounts(
    string Kernel, long Code, long Launches, long Cooperative, long Blocks, long Warps, long Instructions, long Atomics,
    long LoadSectors, long LoadTouched, long StoreSectors, long StoreTouched, long SharedCycles)
{
    private delegate int TextFunction([Out] byte[] buffer, int bytes);

    private delegate void ForgetFunction();

    private delegate void SetFunction([MarshalAs(UnmanagedType.LPUTF8Str)] string key, long value);

    /// <summary>Whether the driver is a stand-in that executes the PTX.</summary>
    public static bool AreAvailable =>
        NativeLibraries.Exports(NativeLibraries.Cuda, "standin_kernel_totals")
        && Environment.GetEnvironmentVariable("INFADMM_STANDIN")?.Split(',').Contains("ptx=1") == true;

    /// <summary>Counts from now on, on a stand-in with this number of multiprocessors. Called before a device is created.</summary>
    public static void Prepare(int multiprocessors)
    {
        Export<SetFunction>("standin_set")("count", 1);
        Export<SetFunction>("standin_set")("multiprocessors", multiprocessors);
    }

    /// <summary>Runs work, which must wait for the device at its end, and returns what each kernel executed.</summary>
    public static IReadOnlyList<KernelCounts> Of(Action work)
    {
        Export<ForgetFunction>("standin_forget_kernels")();
        work();
        byte[] text = new byte[1 << 16];
        int length = Export<TextFunction>("standin_kernel_totals")(text, text.Length);
        return
        [
            .. Encoding.UTF8.GetString(text, 0, length - 1).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => Read(line.Split(','))),
        ];
    }

    private static KernelCounts Read(string[] fields)
    {
        long[] n = [.. fields.Skip(1).Select(field => long.Parse(field, CultureInfo.InvariantCulture))];
        return new KernelCounts(fields[0], n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11]);
    }

    private static T Export<T>(string name)
        where T : Delegate =>
        Marshal.GetDelegateForFunctionPointer<T>(
            NativeLibrary.GetExport(NativeLibraries.Find(NativeLibraries.Cuda).Handle, name));
}
