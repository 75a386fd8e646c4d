using System.Runtime.InteropServices;
using InfAdmm.Engine;

namespace InfAdmm.Mpi;

/// <summary>An MPI library that was loaded, with the values of the constants of its binary interface.</summary>
/// <param name="File">The file.</param>
/// <param name="World">MPI_COMM_WORLD.</param>
/// <param name="Float">MPI_FLOAT.</param>
/// <param name="Double">MPI_DOUBLE.</param>
/// <param name="Sum">MPI_SUM.</param>
/// <param name="ErrorsReturn">MPI_ERRORS_RETURN.</param>
/// <param name="InPlace">MPI_IN_PLACE.</param>
/// <param name="StatusIgnore">MPI_STATUS_IGNORE.</param>
/// <param name="NoInfo">MPI_INFO_NULL.</param>
/// <param name="OneMachine">MPI_COMM_TYPE_SHARED.</param>
internal sealed record MpiLibrary(
    string File, nint World, nint Float, nint Double, nint Sum, nint ErrorsReturn, nint InPlace, nint StatusIgnore, nint NoInfo,
    int OneMachine)
{
    /// <summary>The environment variable that names the library, for one at an unusual place.</summary>
    public const string PathVariable = "INFADMM_MPI_LIBRARY";

    // Open MPI 2 to 5, then MPICH and what shares its interface (Intel MPI, MVAPICH2, Cray MPICH); Debian names it differently.
    private static readonly string[] OpenMpi = ["libmpi.so.40", "libmpi.40.dylib"];
    private static readonly string[] Mpich = ["libmpi.so.12", "libmpich.so.12", "libmpi.12.dylib"];

    /// <summary>Loads the library, and binds <see cref="MpiFunctions"/> to it.</summary>
    /// <param name="launcher">What started the process; its own library is tried first.</param>
    /// <exception cref="InputException">There is no library, or the file that the user named is not an MPI library.</exception>
    public static MpiLibrary Load(MpiLauncher launcher)
    {
        string? given = Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path ? path : null;
        string[] candidates = given is not null
            ? [given]
            : launcher.IsOpenMpi ? [.. OpenMpi, .. Mpich] : [.. Mpich, .. OpenMpi];
        foreach (string candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, out nint library))
            {
                MpiFunctions.Use(library);
                return Describe(candidate, library);
            }
        }

        throw new InputException(
            $"{launcher.Name} started this process as one of {launcher.SizeText}, but there is no MPI library (tried " +
            $"{string.Join(", ", candidates)}): install that of the launcher, or name it in {PathVariable}");
    }

    private static MpiLibrary Describe(string file, nint library)
    {
        if (NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out nint world))
        {
            return new MpiLibrary(
                file, world, Export("ompi_mpi_float"), Export("ompi_mpi_double"), Export("ompi_mpi_op_sum"),
                Export("ompi_mpi_errors_return"), InPlace: 1, StatusIgnore: 0, Export("ompi_mpi_info_null"),
                OneMachine: 0);
        }

        if (!NativeLibrary.TryGetExport(library, "MPI_Iallreduce", out _))
        {
            throw new InputException($"{PathVariable}: '{file}' is not an MPI library");
        }

        // mpi.h of MPICH 3 and 4, whose interface is fixed since 2013 (the MPICH ABI Compatibility Initiative).
        return new MpiLibrary(
            file, World: 0x44000000, Float: 0x4c00040a, Double: 0x4c00080b, Sum: 0x58000003, ErrorsReturn: 0x54000001,
            InPlace: -1, StatusIgnore: 1, NoInfo: 0x1c000000, OneMachine: 1);

        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }
}
