using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>
/// The functions of the CUDA driver that the backend calls, with their native names. Handles are plain integers here;
/// the classes derived from <see cref="DriverHandle"/> own them.
/// </summary>
internal static unsafe partial class Driver
{
    /// <summary>CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT.</summary>
    public const int MultiprocessorCount = 16;

    /// <summary>CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR.</summary>
    public const int ComputeCapabilityMajor = 75;

    /// <summary>CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR.</summary>
    public const int ComputeCapabilityMinor = 76;

    /// <summary>CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED.</summary>
    public const int MemoryPoolsSupported = 115;

    /// <summary>CU_STREAM_NON_BLOCKING.</summary>
    public const uint NonBlocking = 1;

    /// <summary>CU_EVENT_DEFAULT.</summary>
    public const uint Timing = 0;

    /// <summary>CU_EVENT_DISABLE_TIMING.</summary>
    public const uint NoTiming = 2;

    /// <summary>CU_STREAM_CAPTURE_MODE_THREAD_LOCAL.</summary>
    public const int ThreadLocal = 1;

    /// <summary>CU_MEMPOOL_ATTR_RELEASE_THRESHOLD.</summary>
    public const int ReleaseThreshold = 4;

    /// <summary>CU_FUNC_ATTRIBUTE_NUM_REGS.</summary>
    public const int RegistersPerThread = 4;

    /// <summary>CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.</summary>
    public const int MaxDynamicSharedBytes = 8;

    /// <summary>CU_JIT_ERROR_LOG_BUFFER.</summary>
    public const int ErrorLog = 5;

    /// <summary>CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES.</summary>
    public const int ErrorLogBytes = 6;

    /// <summary>Throws unless the call succeeded.</summary>
    /// <exception cref="DeviceException">
    /// The call failed; the message has the call, the status and the text of the driver.
    /// </exception>
    public static void Check(DriverStatus status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != DriverStatus.Success)
        {
            throw Failure(status, call);
        }
    }

    /// <summary>The exception for a call that failed.</summary>
    public static DeviceException Failure(DriverStatus status, string call) => new($"{call}: {Describe(status)}");

    /// <summary>"CUDA_ERROR_INVALID_VALUE (1), invalid argument".</summary>
    public static string Describe(DriverStatus status)
    {
        byte* name = null;
        byte* text = null;
        _ = cuGetErrorName(status, &name);
        _ = cuGetErrorString(status, &text);
        string known = Marshal.PtrToStringUTF8((nint)name) ?? "unknown status";
        string explained = Marshal.PtrToStringUTF8((nint)text) ?? "no description";
        return $"{known} ({(int)status}), {explained}";
    }

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuInit(uint flags);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuDriverGetVersion(out int version);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial DriverStatus cuGetErrorName(DriverStatus status, byte** name);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial DriverStatus cuGetErrorString(DriverStatus status, byte** text);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuDeviceGetCount(out int count);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuDeviceGet(out int device, int ordinal);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuDeviceTotalMem_v2(out nuint bytes, int device);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuDeviceGetDefaultMemPool(out nint pool, int device);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemPoolSetAttribute(nint pool, int attribute, in ulong value);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemPoolTrimTo(nint pool, nuint bytes);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuDevicePrimaryCtxRelease_v2(int device);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuCtxSetCurrent(nint context);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemAlloc_v2(out ulong address, nuint bytes);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemFree_v2(ulong address);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemAllocAsync(out ulong address, nuint bytes, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemFreeAsync(ulong address, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemHostAlloc(out nint memory, nuint bytes, uint flags);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemFreeHost(nint memory);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemcpyHtoDAsync_v2(ulong destination, nint source, nuint bytes, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemcpyDtoHAsync_v2(nint destination, ulong source, nuint bytes, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemcpyDtoDAsync_v2(ulong destination, ulong source, nuint bytes, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuMemsetD8Async(ulong destination, byte value, nuint count, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuModuleLoadDataEx(
        out nint module, byte* image, uint optionCount, int* options, nint* values);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuModuleUnload(nint module);

    [LibraryImport(NativeLibraries.Cuda, StringMarshalling = StringMarshalling.Utf8)]
    public static partial DriverStatus cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuFuncLoad(nint function);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuFuncGetAttribute(out int value, int attribute, nint function);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuFuncSetAttribute(nint function, int attribute, int value);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        nint stream, void** parameters, void** extra);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuLaunchCooperativeKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes,
        nint stream, void** parameters);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuStreamCreate(out nint stream, uint flags);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuStreamDestroy_v2(nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuStreamSynchronize(nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuStreamWaitEvent(nint stream, nint marker, uint flags);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuStreamBeginCapture_v2(nint stream, int mode);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuStreamEndCapture(nint stream, out nint graph);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuGraphInstantiateWithFlags(out nint executable, nint graph, ulong flags);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuGraphExecDestroy(nint executable);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuGraphDestroy(nint graph);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuEventCreate(out nint marker, uint flags);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuEventRecord(nint marker, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuEventQuery(nint marker);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuEventSynchronize(nint marker);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuEventElapsedTime(out float milliseconds, nint start, nint end);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuEventElapsedTime_v2(out float milliseconds, nint start, nint end);

    [LibraryImport(NativeLibraries.Cuda)]
    public static partial DriverStatus cuEventDestroy_v2(nint marker);
}
