using System.Diagnostics;

namespace InfAdmm.Cli.Tests;

/// <summary>Runs programs for tests.</summary>
internal static class ChildProcess
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(2);

    /// <summary>Whether a program is on the path, or where the system's services are.</summary>
    public static string? Find(string program) => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':')
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>
    /// What is needed to start a program in a folder, with <c>infadmm</c> on its path and without the variables of a job that
    /// this process may belong to.
    /// </summary>
    public static ProcessStartInfo Start(string program, string folder, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("SLURM", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["PATH"] =
            $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";
        return start;
    }

    /// <summary>Runs it to its end.</summary>
    public static (int ExitCode, string Out, string Error) Run(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(LongestRun))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{start.FileName} did not end: {error.Result}");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
