using System.Reflection;
using System.Runtime.InteropServices;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>
/// Finds the native libraries: first in the directories of <see cref="PathVariable"/>, then in those of the system, the
/// newest version first. The bindings use the constants here as library names.
/// </summary>
internal static class NativeLibraries
{
    /// <summary>The CUDA driver.</summary>
    public const string Cuda = "cuda";

    /// <summary>cuDNN: convolutions.</summary>
    public const string Cudnn = "cudnn";

    /// <summary>cuBLAS: matrix products.</summary>
    public const string Cublas = "cublas";

    /// <summary>cuFFT: Fourier transforms.</summary>
    public const string Cufft = "cufft";

    /// <summary>NCCL: sums over the GPUs of several processes.</summary>
    public const string Nccl = "nccl";

    /// <summary>The environment variable with the directories to search first.</summary>
    public const string PathVariable = "INFADMM_CUDA_LIBRARY_PATH";

    private static readonly Lock FindLock = new();
    private static readonly Dictionary<string, NativeLibrarySearch> Found = [];
    private static readonly HashSet<string> Working = [];
    private static readonly Dictionary<string, string> Rejected = [];

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>
    /// Loads a library once; a library that is not found is searched for again at the next call. Call this before any
    /// function of the library, since the bindings use its result.
    /// </summary>
    public static NativeLibrarySearch Find(string library)
    {
        lock (FindLock)
        {
            if (!Found.TryGetValue(library, out NativeLibrarySearch? search))
            {
                string path = Environment.GetEnvironmentVariable(PathVariable) ?? "";
                LoadCompanions(library, path);
                search = Search(library, path);
                if (search.IsFound)
                {
                    Found[library] = search;
                }
            }

            return search;
        }
    }

    /// <summary>
    /// Finds the newest library of which a handle can be created on the current GPU: one that is newer than the driver cannot.
    /// Its bindings must not have been called before.
    /// </summary>
    /// <param name="library">The library.</param>
    /// <param name="create">The name of the function that creates a handle.</param>
    /// <param name="destroy">The name of the function that destroys it.</param>
    public static NativeLibrarySearch FindWorking(string library, string create, string destroy)
    {
        lock (FindLock)
        {
            while (true)
            {
                NativeLibrarySearch search = Find(library);
                if (!search.IsFound || Working.Contains(library))
                {
                    return search;
                }

                if (CreationFailure(search.Handle, create, destroy) is not { } failure)
                {
                    Working.Add(library);
                    return search;
                }

                Rejected[search.File!] = failure;
                Found.Remove(library);
            }
        }
    }

    /// <summary>True if the library is found and exports the symbol.</summary>
    public static bool Exports(string library, string symbol)
    {
        NativeLibrarySearch search = Find(library);
        return search.IsFound && NativeLibrary.TryGetExport(search.Handle, symbol, out _);
    }

    /// <summary>Searches for a library in the directories of a list, then in those of the system.</summary>
    internal static NativeLibrarySearch Search(string library, string path)
    {
        List<string> failures = [];
        foreach (string candidate in Candidates(library, path))
        {
            if (TryLoad(candidate, failures, out nint handle))
            {
                return new NativeLibrarySearch(library, handle, candidate, failures);
            }
        }

        return new NativeLibrarySearch(library, 0, null, failures);
    }

    /// <summary>
    /// Loads the dependencies of a library from the directories of a list. The library refers to them by file name, and
    /// the loader of the system does not search these directories, but finds what is already loaded. cuDNN terminates
    /// the process if one of its own parts is missing.
    /// </summary>
    private static void LoadCompanions(string library, string path)
    {
        foreach (string file in Companions(library).SelectMany(name => Directories(path), (name, directory) =>
            Path.GetFullPath(Path.Combine(directory, name))))
        {
            if (File.Exists(file))
            {
                _ = NativeLibrary.TryLoad(file, out _);
            }
        }
    }

    private static string[] Companions(string library) => (library, OperatingSystem.IsWindows()) switch
    {
        (Cublas, false) => ["libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so.11"],
        (Cudnn, false) =>
        [
            "libcublasLt.so.13", "libcublasLt.so.12", "libcublas.so.13", "libcublas.so.12", "libnvrtc.so.13",
            "libnvrtc.so.12", "libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_engines_runtime_compiled.so.9",
            "libcudnn_engines_precompiled.so.9", "libcudnn_heuristic.so.9", "libcudnn_cnn.so.9",
        ],
        _ => [],
    };

    private static string[] Directories(string path) => path.Split(
        Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Why no handle can be created; null if one can, or the library has no such functions.</summary>
    private static unsafe string? CreationFailure(nint library, string create, string destroy)
    {
        if (!NativeLibrary.TryGetExport(library, create, out nint creates)
            || !NativeLibrary.TryGetExport(library, destroy, out nint destroys))
        {
            return null;
        }

        nint handle = 0;
        int status = ((delegate* unmanaged<nint*, int>)creates)(&handle);
        if (status == 0)
        {
            _ = ((delegate* unmanaged<nint, int>)destroys)(handle);
        }

        return status == 0 ? null : $"{create}: status {status}";
    }

    private static bool TryLoad(string candidate, List<string> failures, out nint handle)
    {
        if (Rejected.TryGetValue(candidate, out string? failure))
        {
            failures.Add($"{candidate} ({failure})");
            handle = 0;
            return false;
        }

        try
        {
            handle = NativeLibrary.Load(candidate);
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            failures.Add($"{candidate} ({Reason(candidate, exception.Message)})");
            handle = 0;
            return false;
        }
    }

    /// <summary>The files to try, in order.</summary>
    internal static IEnumerable<string> Candidates(string library, string path)
    {
        string[] names = FileNames(library);
        return Directories(path)
            .SelectMany(directory => names.Select(name => Path.Combine(directory, name)))
            .Concat(names);
    }

    private static string[] FileNames(string library) => (library, OperatingSystem.IsWindows()) switch
    {
        (Cuda, false) => ["libcuda.so.1"],
        (Cuda, true) => ["nvcuda.dll"],
        (Cudnn, false) => ["libcudnn.so.9"],
        (Cudnn, true) => ["cudnn64_9.dll"],
        (Cublas, false) => ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11"],
        (Cublas, true) => ["cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"],
        (Cufft, false) => ["libcufft.so.12", "libcufft.so.11", "libcufft.so.10"],
        (Cufft, true) => ["cufft64_12.dll", "cufft64_11.dll", "cufft64_10.dll"],
        (Nccl, _) => ["libnccl.so.2"],
        _ => throw new ArgumentException($"{library} is not the name of a native library", nameof(library)),
    };

    /// <summary>The message of the loader, without the advice that the runtime adds.</summary>
    private static string Reason(string candidate, string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string reason = lines.FirstOrDefault(line => line.StartsWith(candidate, StringComparison.Ordinal)) ?? lines[^1];
        string prefix = candidate + ": ";
        return reason.StartsWith(prefix, StringComparison.Ordinal) ? reason[prefix.Length..] : reason;
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library is Cuda or Cudnn or Cublas or Cufft or Nccl ? Find(library).Handle : 0;
}

/// <summary>The result of a search for a native library.</summary>
/// <param name="Library">Its name in <see cref="NativeLibraries"/>.</param>
/// <param name="Handle">The loaded library, or zero.</param>
/// <param name="File">The file that was loaded, or null.</param>
/// <param name="Failures">Every file that was tried without success, each with the reason.</param>
internal sealed record NativeLibrarySearch(string Library, nint Handle, string? File, IReadOnlyList<string> Failures)
{
    /// <summary>True if the library was loaded.</summary>
    public bool IsFound => Handle != 0;

    /// <summary>"tried libx.so.2 (no such file), libx.so.1 (…)".</summary>
    public string Tried => $"tried {string.Join(", ", Failures)}";
}
