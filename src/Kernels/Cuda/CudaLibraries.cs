using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cuda.Interop;

namespace InfAdmm.Kernels.Cuda;

/// <summary>
/// The NVIDIA libraries that a device uses. Each is optional: there is a handle, or the reason why there is none. If
/// one is missing, hand-written kernels replace it. The choice is made once, when the device is created.
/// </summary>
internal sealed class CudaLibraries : IDisposable
{
    /// <summary>The size that NVIDIA recommends for its largest GPUs.</summary>
    private const long CublasWorkspaceBytes = 32 << 20;

    private readonly List<string> _descriptions = [];

    /// <summary>Finds the libraries and sets their stream.</summary>
    /// <param name="resident">Allocates memory that is freed with the device.</param>
    /// <param name="stream">The stream of all work.</param>
    /// <param name="options">Whether to use libraries, and the precision of matrix products.</param>
    public CudaLibraries(Func<long, DevicePointer> resident, nint stream, CudaOptions options)
    {
        if (!options.UseLibraries)
        {
            _descriptions.Add("no libraries: disabled");
            return;
        }

        Try(
            "cuDNN", NativeLibraries.FindWorking(NativeLibraries.Cudnn, "cudnnCreate", "cudnnDestroy"), typeof(Cudnn),
            () => OpenCudnn(stream));
        Try(
            "cuBLAS", NativeLibraries.FindWorking(NativeLibraries.Cublas, "cublasCreate_v2", "cublasDestroy_v2"),
            typeof(Cublas), () => OpenCublas(resident, stream, options.Precision));
        Try(
            "cuFFT", NativeLibraries.FindWorking(NativeLibraries.Cufft, "cufftCreate", "cufftDestroy"), typeof(Cufft),
            OpenCufft);
    }

    /// <summary>cuDNN, for convolutions, or null.</summary>
    public CudnnHandle? Cudnn { get; private set; }

    /// <summary>cuBLAS, for matrix products, or null.</summary>
    public CublasHandle? Cublas { get; private set; }

    /// <summary>True if cuFFT is available; its plans need no handle.</summary>
    public bool HasCufft { get; private set; }

    /// <summary>"cuDNN 9.1.0, cuBLAS 12.4.5, no cuFFT: tried libcufft.so.12 (no such file)".</summary>
    public string Description => string.Join(", ", _descriptions);

    /// <summary>Releases the libraries; their plans must be disposed before.</summary>
    public void Dispose()
    {
        Cudnn?.Dispose();
        Cublas?.Dispose();
    }

    private void Try(
        string name, NativeLibrarySearch library,
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type bindings, Func<string> open)
    {
        string? missing = ReasonWhyMissing(library, bindings);
        if (missing is null)
        {
            try
            {
                _descriptions.Add($"{name} {open()}");
            }
            catch (DeviceException exception)
            {
                missing = exception.Message;
            }
        }

        if (missing is not null)
        {
            _descriptions.Add($"no {name}: {missing}");
        }
    }

    /// <summary>Why the library cannot be used; null if it has every function that is called.</summary>
    private static string? ReasonWhyMissing(
        NativeLibrarySearch library, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicMethods)] Type bindings)
    {
        if (!library.IsFound)
        {
            return library.Tried;
        }

        // Bindings have the native names; other methods of their class do not start with the name of the library.
        string[] lacking =
        [
            .. bindings.GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Select(method => method.Name)
                .Where(name => name.StartsWith(library.Library, StringComparison.Ordinal))
                .Where(name => !NativeLibraries.Exports(library.Library, name)),
        ];
        return lacking.Length == 0 ? null : $"{library.File} lacks {string.Join(", ", lacking)}";
    }

    private static string VersionOf(long major, long minor, long patch) => $"{major}.{minor}.{patch}";

    private string OpenCudnn(nint stream)
    {
        long version = (long)Interop.Cudnn.cudnnGetVersion();
        Interop.Cudnn.Check(Interop.Cudnn.cudnnCreate(out CudnnHandle handle));
        Interop.Cudnn.Check(Interop.Cudnn.cudnnSetStream(handle, stream));
        Cudnn = handle;
        return VersionOf(version / 10000, version / 100 % 100, version % 100);
    }

    private string OpenCublas(Func<long, DevicePointer> resident, nint stream, CudaPrecision precision)
    {
        Interop.Cublas.Check(Interop.Cublas.cublasCreate_v2(out CublasHandle handle));
        Interop.Cublas.Check(Interop.Cublas.cublasGetVersion_v2(handle, out int version));
        CublasMath math = precision == CudaPrecision.Fp32 ? CublasMath.Pedantic : CublasMath.Default;
        Interop.Cublas.Check(Interop.Cublas.cublasSetMathMode(handle, math));

        // With its own workspace the library allocates none during a capture. Setting the stream would reset the
        // workspace.
        DevicePointer workspace = resident(CublasWorkspaceBytes);
        Interop.Cublas.Check(Interop.Cublas.cublasSetStream_v2(handle, stream));
        Interop.Cublas.Check(
            Interop.Cublas.cublasSetWorkspace_v2(handle, workspace, (nuint)CublasWorkspaceBytes));
        Cublas = handle;
        return VersionOf(version / 10000, version / 100 % 100, version % 100);
    }

    private string OpenCufft()
    {
        Cufft.Check(Cufft.cufftGetVersion(out int version));
        HasCufft = true;
        return VersionOf(version / 1000, version / 100 % 10, version % 100);
    }
}
