using System.ComponentModel;
using System.Diagnostics;

namespace InfAdmm.Bench;

/// <summary>Runs Python, if it is installed, for peers that are Python libraries.</summary>
internal static class Python
{
    private static readonly string[] Interpreters = ["python3", "/usr/bin/python3"];

    /// <summary>Returns the first interpreter that can import the modules; null if there is none.</summary>
    public static string? Find(string modules) =>
        Interpreters.FirstOrDefault(python => Call(python, "-c", $"import {modules}") is not null);

    /// <summary>Returns the standard output of a program; null if it cannot be started or fails.</summary>
    public static string? Call(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
