using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>The functions of cuFFT 10 to 12 that the backend calls, with their native names.</summary>
internal static unsafe partial class Cufft
{
    /// <summary>
    /// Throws unless the call succeeded. cuFFT has no function for error texts; the names are those of its header.
    /// </summary>
    /// <exception cref="DeviceException">
    /// The call failed; the message has the call, the status and its name.
    /// </exception>
    public static void Check(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != 0)
        {
            throw LibraryFailure.Of(call, status, NameOf(status));
        }
    }

    [LibraryImport(NativeLibraries.Cufft)]
    public static partial int cufftGetVersion(out int version);

    [LibraryImport(NativeLibraries.Cufft)]
    public static partial int cufftCreate(out int plan);

    [LibraryImport(NativeLibraries.Cufft)]
    public static partial int cufftDestroy(int plan);

    [LibraryImport(NativeLibraries.Cufft)]
    public static partial int cufftSetStream(int plan, nint stream);

    [LibraryImport(NativeLibraries.Cufft)]
    public static partial int cufftSetAutoAllocation(int plan, int autoAllocate);

    [LibraryImport(NativeLibraries.Cufft)]
    public static partial int cufftMakePlanMany(
        int plan, int rank, int* n, int* inembed, int istride, int idist, int* onembed, int ostride, int odist,
        CufftType type, int batch, out nuint workSize);

    [LibraryImport(NativeLibraries.Cufft)]
    public static partial int cufftSetWorkArea(int plan, DevicePointer workArea);

    [LibraryImport(NativeLibraries.Cufft)]
    public static partial int cufftExecR2C(int plan, DevicePointer idata, DevicePointer odata);

    [LibraryImport(NativeLibraries.Cufft)]
    public static partial int cufftExecC2R(int plan, DevicePointer idata, DevicePointer odata);

    private static string NameOf(int status) => status switch
    {
        1 => "CUFFT_INVALID_PLAN",
        2 => "CUFFT_ALLOC_FAILED",
        3 => "CUFFT_INVALID_TYPE",
        4 => "CUFFT_INVALID_VALUE",
        5 => "CUFFT_INTERNAL_ERROR",
        6 => "CUFFT_EXEC_FAILED",
        7 => "CUFFT_SETUP_FAILED",
        8 => "CUFFT_INVALID_SIZE",
        9 => "CUFFT_UNALIGNED_DATA",
        _ => "unknown status",
    };
}

/// <summary>cufftType.</summary>
internal enum CufftType
{
    RealToComplex = 0x2a,
    ComplexToReal = 0x2c,
}

/// <summary>cufftHandle, an integer that may be zero.</summary>
internal sealed class CufftHandle() : SafeHandle(invalidHandleValue: -1, ownsHandle: true)
{
    public override bool IsInvalid => handle == -1;

    /// <summary>The native handle.</summary>
    public int Plan => (int)handle;

    /// <summary>Creates an empty plan.</summary>
    public static CufftHandle Create()
    {
        var plan = new CufftHandle();
        Cufft.Check(Cufft.cufftCreate(out int number));
        plan.SetHandle(number);
        return plan;
    }

    protected override bool ReleaseHandle() => Cufft.cufftDestroy((int)handle) == 0;
}
