using System.Text;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;
using static InfAdmm.Kernels.Cuda.Interop.Driver;

namespace InfAdmm.Kernels.Cuda;

/// <remarks>
/// The hand-written kernels: the PTX of native/<c>module</c>.cu is embedded; the driver compiles it when the first of
/// its kernels is launched.
/// </remarks>
public sealed partial class CudaDevice
{
    private readonly Dictionary<string, CudaModule> _modules = [];
    private LoadedKernel[] _kernels = [];

    /// <summary>Launches a kernel on the device's stream, or records it.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="shape">The numbers of blocks and threads.</param>
    /// <param name="arguments">The one argument of the kernel.</param>
    /// <exception cref="DeviceException">The driver rejects the kernel or its launch shape.</exception>
    internal unsafe void Launch<T>(KernelId kernel, LaunchShape shape, in T arguments)
        where T : unmanaged
    {
        MakeCurrent();
        nint function = Function(kernel, shape.SharedBytes);
        if (IsDry)
        {
            return;
        }

        fixed (T* argument = &arguments)
        {
            void* parameters = argument;
            DriverStatus status = shape.Cooperative
                ? cuLaunchCooperativeKernel(
                    function, (uint)shape.GridX, (uint)shape.GridY, (uint)shape.GridZ, (uint)shape.BlockX,
                    (uint)shape.BlockY, 1, (uint)shape.SharedBytes, Stream, &parameters)
                : cuLaunchKernel(
                    function, (uint)shape.GridX, (uint)shape.GridY, (uint)shape.GridZ, (uint)shape.BlockX,
                    (uint)shape.BlockY, 1, (uint)shape.SharedBytes, Stream, &parameters, null);
            if (status != DriverStatus.Success)
            {
                string call = shape.Cooperative ? nameof(cuLaunchCooperativeKernel) : nameof(cuLaunchKernel);
                throw Failure(status, $"{call}, {kernel.Module}.{kernel.Name} with {shape}");
            }
        }
    }

    /// <summary>Loads a module, whose kernels are then found by its name.</summary>
    /// <exception cref="DeviceException">
    /// The driver cannot compile the module; the message has its error log.
    /// </exception>
    internal void LoadModule(string name, ReadOnlySpan<byte> ptx)
    {
        MakeCurrent();
        _modules.Add(name, new CudaModule(_context, Compile(name, ptx)));
    }

    private nint Function(KernelId kernel, int sharedBytes)
    {
        if (kernel.Index >= _kernels.Length || _kernels[kernel.Index].Function == 0)
        {
            LoadKernel(kernel);
        }

        // More than 48 KB per block, static and dynamic together, must be requested; set to the largest amount so far.
        ref LoadedKernel loaded = ref _kernels[kernel.Index];
        if (sharedBytes > loaded.SharedBytes)
        {
            DriverStatus status = cuFuncSetAttribute(loaded.Function, MaxDynamicSharedBytes, sharedBytes);
            Check(status, $"cuFuncSetAttribute, {sharedBytes} bytes of shared memory for {kernel.Name}");
            loaded.SharedBytes = sharedBytes;
        }

        return loaded.Function;
    }

    private void LoadKernel(KernelId kernel)
    {
        if (IsRecording)
        {
            throw new InvalidOperationException(
                $"{kernel.Module}.{kernel.Name} was not called in the first run of the recorded work: it must call the "
                + "same ops each time");
        }

        if (!_modules.TryGetValue(kernel.Module, out CudaModule? module))
        {
            LoadModule(kernel.Module, EmbeddedPtx(kernel.Module));
            module = _modules[kernel.Module];
        }

        DriverStatus status = cuModuleGetFunction(out nint function, module.Value, kernel.Name);
        Check(status, $"cuModuleGetFunction, {kernel.Name} in {kernel.Module}.ptx");

        // Newer drivers load code lazily at its first launch, which may be during a capture. cuFuncLoad is new in CUDA 12.4;
        // before, the question about the code loads it.
        if (NativeLibraries.Exports(NativeLibraries.Cuda, nameof(cuFuncLoad)))
        {
            Check(cuFuncLoad(function), $"cuFuncLoad, {kernel.Name}");
        }

        Check(cuFuncGetAttribute(out _, RegistersPerThread, function), $"cuFuncGetAttribute, {kernel.Name}");

        if (kernel.Index >= _kernels.Length)
        {
            Array.Resize(ref _kernels, Math.Max(kernel.Index + 1, 2 * _kernels.Length));
        }

        _kernels[kernel.Index] = new LoadedKernel { Function = function };
    }

    private static byte[] EmbeddedPtx(string module)
    {
        using Stream ptx = typeof(CudaDevice).Assembly.GetManifestResourceStream($"{module}.ptx")
            ?? throw new DeviceException($"this build contains no {module}.ptx: native/{module}.cu was not compiled");
        var bytes = new byte[ptx.Length];
        ptx.ReadExactly(bytes);
        return bytes;
    }

    private static unsafe nint Compile(string name, ReadOnlySpan<byte> ptx)
    {
        const int LogBytes = 8 << 10;
        byte[] image = [.. ptx, 0];
        byte[] log = new byte[LogBytes];
        int[] options = [ErrorLog, ErrorLogBytes];
        fixed (byte* imagePointer = image, logPointer = log)
        fixed (int* optionPointer = options)
        {
            nint* values = stackalloc nint[] { (nint)logPointer, LogBytes };
            DriverStatus status = cuModuleLoadDataEx(
                out nint module, imagePointer, (uint)options.Length, optionPointer, values);
            if (status != DriverStatus.Success)
            {
                int length = log.AsSpan().IndexOf((byte)0);
                string errors = Encoding.UTF8.GetString(log, 0, length < 0 ? LogBytes : length).Trim();
                throw Failure(status, $"cuModuleLoadDataEx of {name}.ptx{(errors == "" ? "" : $" ({errors})")}");
            }

            return module;
        }
    }

    private void DisposeModules()
    {
        foreach (CudaModule module in _modules.Values)
        {
            module.Dispose();
        }

        _modules.Clear();
        _kernels = [];
    }

    private struct LoadedKernel
    {
        public nint Function;
        public int SharedBytes;
    }
}
