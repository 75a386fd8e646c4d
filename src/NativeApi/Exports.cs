using System.Runtime.InteropServices;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.NativeApi;

/// <summary>The functions of infadmm.h under their names in C. Compiled code can be called only from outside .NET.</summary>
internal static unsafe class Exports
{
    [UnmanagedCallersOnly(EntryPoint = "infadmm_version")]
    private static byte* Version() => Api.Version;

    [UnmanagedCallersOnly(EntryPoint = "infadmm_level")]
    private static byte* Level() => Api.Level;

    [UnmanagedCallersOnly(EntryPoint = "infadmm_last_error")]
    private static byte* LastErrorText() => Api.LastErrorText;

    [UnmanagedCallersOnly(EntryPoint = "infadmm_create")]
    private static Status Create(byte* task, int threads, ulong* restorer) => Api.Create(task, threads, restorer);

    [UnmanagedCallersOnly(EntryPoint = "infadmm_prepare")]
    private static Status Prepare(ulong restorer, int width, int height) => Api.Prepare(restorer, width, height);

    [UnmanagedCallersOnly(EntryPoint = "infadmm_restored_size")]
    private static Status RestoredSize(
        ulong restorer, int width, int height, PixelFormat format,
        int* restoredWidth, int* restoredHeight, int* restoredChannels) =>
        Api.RestoredSize(restorer, width, height, format, restoredWidth, restoredHeight, restoredChannels);

    [UnmanagedCallersOnly(EntryPoint = "infadmm_restore")]
    private static Status Restore(
        ulong restorer, byte* measured, nuint measuredBytes, int width, int height, int rowBytes, PixelFormat format,
        byte* restored, nuint restoredBytes, int restoredRowBytes, PixelFormat restoredFormat) =>
        Api.Restore(
            restorer, measured, measuredBytes, width, height, rowBytes, format,
            restored, restoredBytes, restoredRowBytes, restoredFormat);

    [UnmanagedCallersOnly(EntryPoint = "infadmm_destroy")]
    private static Status Destroy(ulong restorer) => Api.Destroy(restorer);
}
