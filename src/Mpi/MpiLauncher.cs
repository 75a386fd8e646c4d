using System.Globalization;

namespace InfAdmm.Mpi;

/// <summary>What started this process as one of several, as its environment tells.</summary>
/// <param name="Name">The launcher.</param>
/// <param name="Size">The number of processes; null if the environment does not tell.</param>
/// <param name="IsOpenMpi">Whether it is Open MPI's own.</param>
internal sealed record MpiLauncher(string Name, int? Size, bool IsOpenMpi)
{
    /// <summary>The number of processes, for messages.</summary>
    public string SizeText => Size is { } size ? $"{size} processes" : "several processes";

    /// <summary>Returns the launcher; null if the process was started alone.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    public static MpiLauncher? Find(Func<string, string?> variable)
    {
        MpiLauncher? found = Number("OMPI_COMM_WORLD_SIZE") is { } openMpi ? new("mpirun", openMpi, IsOpenMpi: true)
            : Number("MV2_COMM_WORLD_SIZE") is { } mvapich ? new("mpirun", mvapich, IsOpenMpi: false)
            : Number("PMI_SIZE") is { } mpich ? new("mpiexec", mpich, IsOpenMpi: false)
            : variable("PMIX_RANK") is not null ? new("srun", SlurmTasks(), IsOpenMpi: true)
            : SlurmTasks() is { } tasks ? new("srun", tasks, IsOpenMpi: false)
            : null;
        return found is { Size: 1 } ? null : found;

        // Slurm sets the tasks of a step only for those that srun starts.
        int? SlurmTasks() => variable("SLURM_STEP_ID") is null ? null : Number("SLURM_STEP_NUM_TASKS");

        int? Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0
                ? value
                : null;
    }
}
