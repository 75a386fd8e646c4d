using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace InfAdmm.Bench.Solvers;

/// <summary>A Python with NumPy and SciPy, and the scripts of bench/peers.</summary>
internal static class Python
{
    private static readonly string[] Interpreters = ["python3", "/usr/bin/python3"];

    /// <summary>The interpreter, or null where none has SciPy.</summary>
    public static string? Interpreter { get; } =
        Interpreters.FirstOrDefault(program => Call(program, "-c", "import numpy, scipy") is not null);

    /// <summary>Runs a script of bench/peers and returns the JSON that it prints.</summary>
    /// <exception cref="InvalidOperationException">The script failed.</exception>
    public static JsonElement Run(string script, params string[] arguments)
    {
        string path = Path.Combine(Machine.Root, "bench", "peers", script);
        string output = Call(Interpreter!, [path, .. arguments]) ?? throw new InvalidOperationException($"{path} failed");
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    /// <summary>Writes an array as raw float32, for a script to read.</summary>
    public static void Write(DirectoryInfo folder, string name, float[] values) => File.WriteAllBytes(
        Path.Combine(folder.FullName, name + ".f32"), MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>The standard output of a program, or null if it cannot be started or fails.</summary>
    private static string? Call(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Console.Error.Write(process.ExitCode == 0 || arguments.Contains("-c") ? string.Empty : errors.Result);
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
