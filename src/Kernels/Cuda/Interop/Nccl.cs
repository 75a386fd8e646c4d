using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>The functions of NCCL 2 that the backend calls, with their native names, and values of nccl.h.</summary>
internal static partial class Nccl
{
    /// <summary>NCCL 2.13, the first one with all functions: 10,000 times the major version, 100 times the minor one.</summary>
    public const int OldestVersion = 21300;

    /// <summary>ncclInProgress.</summary>
    public const int InProgress = 7;

    /// <summary>ncclFloat32.</summary>
    public const int Float32 = 7;

    /// <summary>ncclSum.</summary>
    public const int Sum = 0;

    /// <summary>Throws unless the call succeeded.</summary>
    /// <exception cref="DeviceException">The call failed; the message has the call, the status and the text of NCCL.</exception>
    public static void Check(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != 0)
        {
            throw LibraryFailure.Of(call, status, Describe(status));
        }
    }

    /// <summary>"invalid usage, Duplicate GPU detected": the text of a status, and of the last error.</summary>
    public static string Describe(int status)
    {
        string? last = Marshal.PtrToStringUTF8(ncclGetLastError(0))?.Trim();
        string text = Marshal.PtrToStringUTF8(ncclGetErrorString(status)) ?? "unknown status";
        return string.IsNullOrEmpty(last) ? text : $"{text}, {last}";
    }

    [LibraryImport(NativeLibraries.Nccl)]
    public static partial int ncclGetVersion(out int version);

    [LibraryImport(NativeLibraries.Nccl)]
    private static partial nint ncclGetErrorString(int status);

    [LibraryImport(NativeLibraries.Nccl)]
    private static partial nint ncclGetLastError(nint comm);

    [LibraryImport(NativeLibraries.Nccl)]
    public static partial int ncclGetUniqueId(out NcclUniqueId id);

    [LibraryImport(NativeLibraries.Nccl)]
    public static partial int ncclCommInitRank(out NcclComm comm, int ranks, NcclUniqueId id, int rank);

    [LibraryImport(NativeLibraries.Nccl)]
    public static partial int ncclAllReduce(
        DevicePointer send, DevicePointer receive, nuint count, int type, int op, NcclComm comm, nint stream);

    [LibraryImport(NativeLibraries.Nccl)]
    public static partial int ncclCommGetAsyncError(NcclComm comm, out int error);

    [LibraryImport(NativeLibraries.Nccl)]
    public static partial int ncclCommAbort(nint comm);

    [LibraryImport(NativeLibraries.Nccl)]
    public static partial int ncclCommDestroy(nint comm);
}

/// <summary>ncclUniqueId: what the processes find each other by. It is passed by value.</summary>
internal unsafe struct NcclUniqueId
{
    /// <summary>NCCL_UNIQUE_ID_BYTES.</summary>
    public const int Length = 128;

    /// <summary>Its bytes.</summary>
    public fixed byte Bytes[Length];
}

/// <summary>
/// ncclComm_t. Both ways to end it wait for the other processes of the machine, which may be lost. So another thread does it,
/// and this one goes on after a few seconds.
/// </summary>
internal sealed class NcclComm() : SafeHandle(0, ownsHandle: true)
{
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);
    private bool _isAborted;

    public override bool IsInvalid => handle == 0;

    /// <summary>Ends the sums that run, and the communicator.</summary>
    public void Abort()
    {
        _isAborted = true;
        Dispose();
    }

    protected override bool ReleaseHandle()
    {
        int status = 0;
        nint comm = handle;
        var end = new Thread(() => status = _isAborted ? Nccl.ncclCommAbort(comm) : Nccl.ncclCommDestroy(comm))
        {
            IsBackground = true,
            Name = "nccl",
        };
        end.Start();
        return end.Join(LongestEnd) && status == 0;
    }
}
