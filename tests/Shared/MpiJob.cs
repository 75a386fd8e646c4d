using System.Diagnostics;

namespace InfAdmm.Tests.Shared;

/// <summary>The infadmm program beside the tests, run by one process or by several that mpirun starts.</summary>
internal static class MpiJob
{
    /// <summary>Names of mpirun: that of Open MPI and that of MPICH.</summary>
    public static string[] Launchers => ["mpirun.openmpi", "mpirun.mpich"];

    /// <summary>The path of the program. Skips the test where the program is missing or the system is not Linux.</summary>
    public static string Program
    {
        get
        {
            string program = Path.Combine(AppContext.BaseDirectory, "infadmm");
            Assert.SkipUnless(File.Exists(program) && OperatingSystem.IsLinux(), "no program, or not Linux");
            return program;
        }
    }

    /// <summary>Starts the program; skips the test if the launcher is absent.</summary>
    /// <param name="launcher">One of <see cref="Launchers"/>.</param>
    /// <param name="processes">The number of processes; 1 starts the program without a launcher.</param>
    /// <param name="arguments">The arguments of the program.</param>
    /// <param name="environment">Variables of all processes; null for none.</param>
    /// <param name="options">Further options of the launcher.</param>
    public static Process Start(
        string launcher, int processes, string[] arguments, IReadOnlyDictionary<string, string>? environment = null,
        params string[] options)
    {
        string program = Program;
        string? path = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, launcher)).FirstOrDefault(File.Exists);
        Assert.SkipUnless(path is not null, $"no {launcher}: install openmpi-bin and mpich");
        string[] usual = launcher.EndsWith("openmpi", StringComparison.Ordinal)
            ? ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
            : [];
        var start = new ProcessStartInfo(
            processes == 1 ? program : path,
            processes == 1 ? arguments : ["-n", $"{processes}", .. usual, .. options, program, .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var job = Process.Start(start)!;
        job.BeginOutputReadLine();
        return job;
    }

    /// <summary>The processes of a job, in the order of their start, once there are all of them.</summary>
    public static int[] WaitForRanks(Process job, int count)
    {
        int[] ranks = [];
        Assert.True(SpinWait.SpinUntil(() => job.HasExited || (ranks = Children(job.Id)).Length == count, TimeSpan.FromSeconds(20)));
        return ranks.Length == count ? ranks : throw new InvalidOperationException(job.StandardError.ReadToEnd());
    }

    /// <summary>Whether all processes have ended, after some time at the latest.</summary>
    public static bool HaveEnded(int[] ranks, TimeSpan longest) => SpinWait.SpinUntil(
        () => !Array.Exists(ranks, rank => Directory.Exists($"/proc/{rank}")), longest);

    private static int[] Children(int parent) =>
    [
        .. Process.GetProcessesByName("infadmm").Select(process => process.Id).Order().Where(id =>
        {
            try
            {
                string[] status = File.ReadAllLines($"/proc/{id}/status");
                return status.Any(line => line == $"PPid:\t{parent}");
            }
            catch (IOException)
            {
                return false;
            }
        }),
    ];
}
