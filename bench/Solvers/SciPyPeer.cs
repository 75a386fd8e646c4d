using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// Compares the fft z-update with one in SciPy, with the same q and y in float32. Outputs are compared before anything
/// is timed, and both run interleaved in one process. Both of our exact Fourier forms are timed: the one that the
/// solver chooses, and the one on the image grid, which computes the same as the peer. The peer's two transforms are
/// also timed alone, because its gathering and spreading of frequencies uses NumPy on one thread.
/// </summary>
internal static class SciPyPeer
{
    private const int Rounds = 3;

    public static void Run(TextWriter text)
    {
        text.WriteLine();
        text.WriteLine(
            "## The fft z-update against one in NumPy and SciPy, sparse preset, ms (best of interleaved rounds)");
        text.WriteLine();
        string? python = Python.Find("numpy, scipy");
        if (python is null)
        {
            text.WriteLine("Skipped: no Python with SciPy found.");
            return;
        }

        text.WriteLine(
            "| size | threads | fft | fft, image grid | SciPy | its transforms alone | SciPy / fft | " +
            "transforms / fft | difference |");
        text.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (int size in (int[])[256, 512, 1024])
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
        LaplaceSettings settings = LaplaceSettings.Sparse with { Size = size };
        using var problem = LaplaceProblem.Draw(device, settings, 0);
        using Tensor q = device.Allocate(problem.Operator.ImageShape);
        using Tensor z = device.Allocate(problem.Operator.ImageShape);
        device.Combine(0.5f, problem.Truth!, 0, problem.Truth!, q);
        using IZUpdate chosen = ZSolvers.Create(
            "fft", new ZSolverContext(problem.Operator, problem.Y, settings.Rho));
        using var image = new FourierUpdate((IBlur)problem.Operator, problem.Y, settings.Rho);
        chosen.Solve(q, z);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("infadmm-bench-");
        try
        {
            Write(folder, "q", q.ToArray());
            Write(folder, "y", problem.Y.ToArray());
            Write(folder, "z", z.ToArray());
            Write(folder, "kernel", [.. settings.Kernel.Values.ToArray().Select(v => (float)v)]);
            double ours = double.PositiveInfinity;
            double oursImage = double.PositiveInfinity;
            double peer = double.PositiveInfinity;
            double transforms = double.PositiveInfinity;
            double difference = 0;
            for (int round = 0; round < Rounds; round++)
            {
                ours = Math.Min(ours, Best(chosen, q, z));
                oursImage = Math.Min(oursImage, Best(image, q, z));
                (double seconds, double alone, difference) = RunPeer(python, folder.FullName, settings, threads);
                peer = Math.Min(peer, seconds);
                transforms = Math.Min(transforms, alone);
            }

            return $"| {size}² | {threads} | {ours * 1e3:0.000} | {oursImage * 1e3:0.000} | {peer * 1e3:0.000} | " +
                $"{transforms * 1e3:0.000} | {peer / ours:0.0} | {transforms / ours:0.0} | {difference:0.0e+0} |";
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Best(IZUpdate solver, Tensor q, Tensor z)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < 40; i++)
        {
            long start = Stopwatch.GetTimestamp();
            solver.Solve(q, z);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    /// <summary>Writes an array as raw float32 for a script.</summary>
    internal static void Write(DirectoryInfo folder, string name, float[] values) => File.WriteAllBytes(
        Path.Combine(folder.FullName, name + ".f32"), MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private static (double Seconds, double Transforms, double Difference) RunPeer(
        string python, string folder, LaplaceSettings settings, int threads)
    {
        string script = Path.Combine(Machine.Root, "bench", "peers", "zupdate_scipy.py");
        string output = Python.Call(
            python, script, folder, $"{settings.Size}", $"{settings.Stride}", $"{settings.Kernel.Height}",
            FormattableString.Invariant($"{settings.Rho}"), $"{threads}")
            ?? throw new InvalidOperationException($"{script} failed");
        using var json = JsonDocument.Parse(output);
        JsonElement root = json.RootElement;
        return (
            root.GetProperty("seconds").GetDouble(),
            root.GetProperty("transform_seconds").GetDouble(),
            root.GetProperty("relative_difference").GetDouble());
    }
}
