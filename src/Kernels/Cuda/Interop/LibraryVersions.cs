using System.Runtime.InteropServices;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>The versions of cuDNN, cuBLAS and cuFFT, as text.</summary>
internal static unsafe class LibraryVersions
{
    /// <summary>"cuDNN 9.1, cuBLAS 12.8; no cuFFT (tried …): hand-written transforms".</summary>
    public static string Describe()
    {
        List<string> found = [];
        List<string> missing = [];
        Add(NativeLibraries.Cudnn, "cuDNN", "convolutions");
        Add(NativeLibraries.Cublas, "cuBLAS", "matrix products");
        Add(NativeLibraries.Cufft, "cuFFT", "transforms");
        return string.Join("; ", found.Count == 0 ? missing : [string.Join(", ", found), .. missing]);

        void Add(string library, string name, string stand)
        {
            NativeLibrarySearch search = NativeLibraries.Find(library);
            if (search.IsFound)
            {
                found.Add($"{name} {Version(search)}");
            }
            else
            {
                missing.Add($"no {name} ({search.Tried}): hand-written {stand}");
            }
        }
    }

    private static string Version(NativeLibrarySearch search)
    {
        switch (search.Library)
        {
            case NativeLibraries.Cudnn when Export(search, "cudnnGetVersion", out nint cudnn):
                nuint version = ((delegate* unmanaged<nuint>)cudnn)();
                return $"{version / 10000}.{version % 10000 / 100}";
            case NativeLibraries.Cublas when Export(search, "cublasGetProperty", out nint cublas):
                return OfProperties((delegate* unmanaged<int, int*, int>)cublas);
            case NativeLibraries.Cufft when Export(search, "cufftGetProperty", out nint cufft):
                return OfProperties((delegate* unmanaged<int, int*, int>)cufft);
            default:
                return $"of {search.File}";
        }
    }

    /// <summary>Major (0) and minor (1) version, by libraryPropertyType.</summary>
    private static string OfProperties(delegate* unmanaged<int, int*, int> getProperty)
    {
        int major = 0;
        int minor = 0;
        int status = getProperty(0, &major);
        status = status == 0 ? getProperty(1, &minor) : status;
        return status == 0 ? $"{major}.{minor}" : $"of unknown version (status {status})";
    }

    private static bool Export(NativeLibrarySearch search, string symbol, out nint address) =>
        NativeLibrary.TryGetExport(search.Handle, symbol, out address);
}
