using System.Diagnostics;

namespace InfAdmm.Bench.Archives;

/// <summary>Processes of the command.</summary>
internal static class Worker
{
    /// <summary>Starts <c>restore</c> on the CPU.</summary>
    public static Process Start(string program, string results, params IEnumerable<string> arguments)
    {
        string[] all =
        [
            .. program.EndsWith(".dll", StringComparison.Ordinal) ? [program] : Array.Empty<string>(),
            "restore", .. arguments, "--task", "sr4", "--device", "cpu", "--out", results, "--quiet",
        ];
        var process = Process.Start(new ProcessStartInfo(all[0] == program ? "dotnet" : program, all)
        {
            RedirectStandardOutput = true,
        })!;
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>Waits until all have ended well.</summary>
    public static void Wait(params Process[] processes)
    {
        foreach (Process process in processes)
        {
            using (process)
            {
                process.WaitForExit();
                if (process.ExitCode != 0)
                {
                    throw new InvalidOperationException($"restore ended with {process.ExitCode}");
                }
            }
        }
    }
}
