using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace InfAdmm.Bench.Peers;

/// <summary>
/// Training steps of Table 2's network in PyTorch, in a separate process that runs a block of steps on request:
/// <c>train_pytorch.py</c>.
/// </summary>
internal sealed class PyTorchPeer : IDisposable
{
    private readonly Process _process;

    private PyTorchPeer(Process process) => _process = process;

    /// <summary>The peer and its version, for reports.</summary>
    public string Name { get; private set; } = "pytorch";

    /// <summary>The loss of the first step.</summary>
    public double FirstLoss { get; private set; }

    /// <summary>Starts the process and takes the first step. Returns null if no Python with PyTorch is found.</summary>
    /// <param name="task">The weights, the batch and the learning rate.</param>
    /// <param name="threads">The number of threads.</param>
    /// <exception cref="InvalidOperationException">The script failed.</exception>
    public static PyTorchPeer? Start(TrainingTask task, int threads)
    {
        if (Python.Find("torch, numpy") is not { } python)
        {
            return null;
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("infadmm-bench-");
        try
        {
            foreach ((string name, float[] values) in task.Values)
            {
                string file = Path.Combine(folder.FullName, $"{name}.f32");
                File.WriteAllBytes(file, MemoryMarshal.AsBytes(values.AsSpan()));
            }

            string script = Path.Combine(Machine.Root, "bench", "peers", "train_pytorch.py");
            string[] arguments =
            [
                "-W", "ignore", script, folder.FullName, $"{TrainingTask.Batch}", $"{TrainingTask.Size}", $"{threads}",
                TrainingTask.LearningRate.ToString(CultureInfo.InvariantCulture),
            ];
            var peer = new PyTorchPeer(Process.Start(new ProcessStartInfo(python, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!);
            peer.ReadGreeting();
            return peer;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
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
        ?? throw new InvalidOperationException("train_pytorch.py ended early: its last output is above"));
}
