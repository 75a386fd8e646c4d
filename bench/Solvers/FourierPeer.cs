using System.Diagnostics;
using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// Compares the real 2-D transforms with SciPy's (pocketfft) in float32, for sizes that are powers of two and others.
/// Outputs are compared before anything is timed; both sides run interleaved in one process, and the best round counts.
/// The ratio is that of the two transforms together.
/// </summary>
internal static class FourierPeer
{
    private const int Rounds = 4;
    private const double RoundSeconds = 0.3;
    private static readonly int[] Sizes = [256, 512, 1000, 1024, 2048];

    public static void Run(TextWriter text)
    {
        text.WriteLine();
        text.WriteLine("## Real 2-D transforms against SciPy's, ms forward + inverse (best of interleaved rounds)");
        text.WriteLine();
        string? python = Python.Find("numpy, scipy");
        if (python is null)
        {
            text.WriteLine("Skipped: no Python with SciPy found.");
            return;
        }

        text.WriteLine("| size | threads | ours | SciPy | SciPy / ours | difference |");
        text.WriteLine("|---|---|---|---|---|---|");
        foreach (int size in Sizes)
        {
            foreach (int threads in (int[])[1, 2])
            {
                text.WriteLine(Row(python, size, threads));
            }
        }
    }

    private static string Row(string python, int size, int threads)
    {
        using var device = CpuDevice.Create(threads);
        using var scope = new TensorScope(device);
        Tensor x = scope.Allocate(Shape.Matrix(size, size));
        Tensor inverse = scope.Allocate(x.Shape);
        Tensor spectrum = scope.Allocate(x.Shape.Spectrum);
        Tensor workspace = scope.Allocate(x.Shape.Spectrum);
        device.FillNormal(seed: 0, stream: 0, x);
        device.RealFft2(x, spectrum);
        device.Copy(spectrum, workspace);
        device.InverseRealFft2(workspace, inverse);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("infadmm-bench-");
        try
        {
            SciPyPeer.Write(folder, "x", x.ToArray());
            SciPyPeer.Write(folder, "spectrum", spectrum.ToArray());
            SciPyPeer.Write(folder, "inverse", inverse.ToArray());
            (double ours, double oursBack) = (double.PositiveInfinity, double.PositiveInfinity);
            (double peer, double peerBack) = (double.PositiveInfinity, double.PositiveInfinity);
            double difference = 0;
            for (int round = 0; round < Rounds; round++)
            {
                // The inverse overwrites its spectrum, so the two are timed separately in one loop.
                long end = Stopwatch.GetTimestamp() + (long)(2 * RoundSeconds * Stopwatch.Frequency);
                while (Stopwatch.GetTimestamp() < end)
                {
                    ours = Math.Min(ours, Seconds(() => device.RealFft2(x, spectrum)));
                    oursBack = Math.Min(oursBack, Seconds(() => device.InverseRealFft2(spectrum, inverse)));
                }

                (double forward, double back, difference) = RunPeer(python, folder.FullName, size, threads);
                peer = Math.Min(peer, forward);
                peerBack = Math.Min(peerBack, back);
            }

            return $"| {size}² | {threads} | {ours * 1e3:0.000} + {oursBack * 1e3:0.000} | " +
                $"{peer * 1e3:0.000} + {peerBack * 1e3:0.000} | {(peer + peerBack) / (ours + oursBack):0.0} | " +
                $"{difference:0.0e+0} |";
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (double Forward, double Inverse, double Difference) RunPeer(
        string python, string folder, int size, int threads)
    {
        string script = Path.Combine(Machine.Root, "bench", "peers", "fft_scipy.py");
        string output = Python.Call(python, script, folder, $"{size}", $"{threads}")
            ?? throw new InvalidOperationException($"{script} failed");
        using var json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        return (
            root.GetProperty("forward_seconds").GetDouble(),
            root.GetProperty("inverse_seconds").GetDouble(),
            root.GetProperty("relative_difference").GetDouble());
    }

    private static double Seconds(Action transform)
    {
        long start = Stopwatch.GetTimestamp();
        transform();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
