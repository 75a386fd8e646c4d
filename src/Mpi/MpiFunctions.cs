using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using InfAdmm.Engine;

namespace InfAdmm.Mpi;

/// <summary>
/// The functions of MPI that a process group needs, with their native names, for both common binary interfaces. Handles are
/// pointers in Open MPI and integers in MPICH; all are <see cref="nint"/> here: both travel in the same registers on x86-64 and
/// Arm64, where a callee reads only the lower half of an integer, and no handle is among the arguments on the stack.
/// </summary>
internal static unsafe partial class MpiFunctions
{
    /// <summary>MPI_SUCCESS.</summary>
    public const int Success = 0;

    /// <summary>MPI_THREAD_FUNNELED: only the thread that started MPI calls it. The same number in both.</summary>
    public const int Funneled = 1;

    private const string Library = "mpi";
    private const int LongestText = 8192;

    private static nint _library;

    static MpiFunctions() => NativeLibrary.SetDllImportResolver(typeof(MpiFunctions).Assembly, Resolve);

    /// <summary>Binds the functions to a library that was loaded.</summary>
    public static void Use(nint library) => _library = library;

    /// <summary>Throws unless a call succeeded.</summary>
    /// <exception cref="ProcessGroupException">It failed; the message has the call and the text of the library.</exception>
    public static void Check(int status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != Success)
        {
            byte* text = stackalloc byte[LongestText];
            int length = 0;
            bool isKnown = MPI_Error_string(status, text, &length) == Success;
            string reason = isKnown ? Encoding.UTF8.GetString(text, length) : $"error {status}";
            throw new ProcessGroupException($"{call[..call.IndexOf('(')]}: {reason}");
        }
    }

    [LibraryImport(Library)]
    public static partial int MPI_Init_thread(int* argc, byte*** argv, int required, int* provided);

    [LibraryImport(Library)]
    public static partial int MPI_Finalize();

    [LibraryImport(Library)]
    public static partial int MPI_Abort(nint comm, int code);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_rank(nint comm, int* rank);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_size(nint comm, int* size);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_split_type(nint comm, int type, int key, nint info, nint* newComm);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_free(nint* comm);

    [LibraryImport(Library)]
    public static partial int MPI_Comm_set_errhandler(nint comm, nint handler);

    [LibraryImport(Library)]
    private static partial int MPI_Error_string(int status, byte* text, int* length);

    [LibraryImport(Library)]
    public static partial int MPI_Iallreduce(
        void* send, void* receive, int count, nint type, nint op, nint comm, nint* request);

    [LibraryImport(Library)]
    public static partial int MPI_Ibcast(void* values, int count, nint type, int root, nint comm, nint* request);

    [LibraryImport(Library)]
    public static partial int MPI_Isend(void* values, int count, nint type, int to, int tag, nint comm, nint* request);

    [LibraryImport(Library)]
    public static partial int MPI_Irecv(void* values, int count, nint type, int from, int tag, nint comm, nint* request);

    [LibraryImport(Library)]
    public static partial int MPI_Test(nint* request, int* isDone, void* status);

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        library == Library ? _library : 0;
}
