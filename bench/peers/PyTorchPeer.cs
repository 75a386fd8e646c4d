using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace InfAdmm.Bench.Peers;

/// <summary>Training steps in PyTorch, in a separate process that runs a block of steps on request.</summary>
internal sealed class PyTorchPeer : IDisposable
{
    private readonly Process _process;

    private PyTorchPeer(Process process) => _process = process;

    /// <summary>The peer and its version, for reports.</summary>
    public string Name { get; private set; } = "pytorch";

    /// <summary>The loss of the first step, or the mean over the first ones.</summary>
    public double FirstLoss { get; private set; }

    /// <summary>The values after the first steps; empty if the script writes none.</summary>
    public float[] Result { get; private set; } = [];

    /// <summary>Starts the process and takes the first steps. Returns null if no Python with PyTorch is found.</summary>
    /// <param name="script">The file name of the script.</param>
    /// <param name="values">What a step depends on, by name.</param>
    /// <param name="arguments">The arguments of the script after the folder of the values.</param>
    /// <exception cref="InvalidOperationException">The script failed.</exception>
    public static PyTorchPeer? Start(
        string script, IEnumerable<(string Name, float[] Values)> values, params IReadOnlyList<string> arguments)
    {
        if (Python.Find("torch, numpy") is not { } python)
        {
            return null;
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("infadmm-bench-");
        try
        {
            foreach ((string name, float[] array) in values)
            {
                File.WriteAllBytes(FileOf(name), MemoryMarshal.AsBytes(array.AsSpan()));
            }

            string path = Path.Combine(Machine.Root, "bench", "peers", script);
            var peer = new PyTorchPeer(Process.Start(new ProcessStartInfo(
                python, ["-W", "ignore", path, folder.FullName, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!);
            peer.ReadGreeting();
            if (File.Exists(FileOf("result")))
            {
                peer.Result = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(FileOf("result"))).ToArray();
            }

            return peer;
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        string FileOf(string name) => Path.Combine(folder.FullName, $"{name}.f32");
    }

    /// <summary>Runs a block of steps and returns the median time of a step, in seconds.</summary>
    public double Block()
    {
        _process.StandardInput.WriteLine();
        using JsonDocument answer = Read();
        return answer.RootElement.GetDouble();
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private void ReadGreeting()
    {
        using JsonDocument greeting = Read();
        string version = greeting.RootElement.GetProperty("version").GetString()!;
        Name = $"pytorch {string.Join('.', version.Split('.').Take(2))} ({version}, CPU)";
        FirstLoss = greeting.RootElement.GetProperty("loss").GetDouble();
    }

    private JsonDocument Read() => JsonDocument.Parse(
        _process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException("the script ended early: its last output is above"));
}
