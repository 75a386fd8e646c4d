using System.Diagnostics;

namespace InfAdmm.Packages.Tests;

/// <summary>Runs programs.</summary>
internal static class Commands
{
    private const int LargestWait = 240_000;

    /// <summary>Runs a program to its end, which must be successful, and returns its output.</summary>
    public static string Run(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // A build in a build: the settings of the outer one do not apply.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(LargestWait))
        {
            process.Kill(entireProcessTree: true);
        }

        string text = output.Result + errors.Result;
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}:\n{text}");
        return text;
    }
}
