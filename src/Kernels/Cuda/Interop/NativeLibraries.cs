using System.Reflection;
using System.Runtime.InteropServices;

namespace InfAdmm.Kernels.Cuda.Interop;

/// <summary>
/// Finds the native libraries: the directories of <see cref="PathVariable"/> first, then wherever the system looks,
/// the newest version first. Bindings name them by the constants here.
/// </summary>
internal static class NativeLibraries
{
    /// <summary>The driver.</summary>
    public const string Cuda = "cuda";

    /// <summary>Convolutions and batch normalization.</summary>
    public const string Cudnn = "cudnn";

    /// <summary>Matrix products.</summary>
    public const string Cublas = "cublas";

    /// <summary>Fourier transforms.</summary>
    public const string Cufft = "cufft";

    /// <summary>The environment variable that lists directories to look in first.</summary>
    public const string PathVariable = "INFADMM_CUDA_LIBRARY_PATH";

    private static readonly Lock FindLock = new();
    private static readonly Dictionary<string, NativeLibrarySearch> Found = [];

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    /// <summary>
    /// Loads a library, once; one that is not found is looked for again at the next call. Call this before any function
    /// of the library: it is what makes the bindings find it.
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

    /// <summary>True if the library is there and exports the symbol.</summary>
    public static bool Exports(string library, string symbol)
    {
        NativeLibrarySearch search = Find(library);
        return search.IsFound && NativeLibrary.TryGetExport(search.Handle, symbol, out _);
    }

    /// <summary>Looks for a library in the directories of a list, then in those of the system.</summary>
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
    /// Loads what a library asks for by bare names, where it lies in the directories of a list: the system's loader,
    /// which does not look there, then finds it loaded. cuDNN ends the process if it misses a part of its own.
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

    private static bool TryLoad(string candidate, List<string> failures, out nint handle)
    {
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
        return Directories(path).SelectMany(directory => names.Select(name => Path.Combine(directory, name))).Concat(names);
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
        _ => throw new ArgumentException($"{library} is none of the native libraries", nameof(library)),
    };

    /// <summary>What the loader says, without the runtime's advice around it.</summary>
    private static string Reason(string candidate, string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string reason = lines.FirstOrDefault(line => line.StartsWith(candidate, StringComparison.Ordinal)) ?? lines[^1];
        return reason.StartsWith(candidate + ": ", StringComparison.Ordinal) ? reason[(candidate.Length + 2)..] : reason;
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library is Cuda or Cudnn or Cublas or Cufft ? Find(library).Handle : 0;
}

/// <summary>What came of looking for a native library.</summary>
/// <param name="Library">Its name in <see cref="NativeLibraries"/>.</param>
/// <param name="Handle">The loaded library, or zero.</param>
/// <param name="File">What was loaded, or null.</param>
/// <param name="Failures">Every file tried before, each with the reason why it could not be loaded.</param>
internal sealed record NativeLibrarySearch(string Library, nint Handle, string? File, IReadOnlyList<string> Failures)
{
    /// <summary>True if the library was loaded.</summary>
    public bool IsFound => Handle != 0;

    /// <summary>"tried libx.so.2 (no such file), libx.so.1 (…)".</summary>
    public string Tried => $"tried {string.Join(", ", Failures)}";
}
