using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Solvers;

/// <summary>
/// Measures the bandwidth of every pass over memory in an ADMM iteration and of related ops, on images larger than the
/// last-level cache: the bytes per second that the algorithm must move, relative to the machine's bandwidth in the same
/// run. A pass that writes is compared with a copy (bytes read and written are counted), the faster of the runtime's
/// and the device's. A pass that only reads is also compared with plain reading, because a core reads fewer bytes per
/// second than it can read and write together. Each value is the best of interleaved rounds.
/// </summary>
internal static class MemoryBandwidth
{
    private const int Size = 4096;
    private const int Rounds = 40;

    public static void Run(TextWriter text)
    {
        text.WriteLine();
        text.WriteLine($"## Passes over memory, {Size}² images of 64 MiB, GB/s (best of interleaved rounds)");
        text.WriteLine();
        text.WriteLine(
            "| pass | bytes per pixel | 1 thread | of a copy | of reading | 2 threads | of a copy | of reading |");
        text.WriteLine("|---|---|---|---|---|---|---|---|");
        (Pass[] passes, double[] one) = Measure(threads: 1);
        (_, double[] two) = Measure(threads: 2);
        for (int i = 0; i < passes.Length; i++)
        {
            Pass pass = passes[i];
            text.WriteLine(
                $"| {pass.Name} | {pass.BytesPerPixel} | {Cells(passes, one, i)} | {Cells(passes, two, i)} |");
        }
    }

    private static string Cells(Pass[] passes, double[] speeds, int i)
    {
        double copy = speeds.Where((_, k) => passes[k].Kind == Kind.Copy).Max();
        double reading = speeds.Where((_, k) => passes[k].Kind == Kind.Reading).Max();
        bool reads = passes[i].Kind is Kind.Reading or Kind.ReadsOnly;
        return $"{speeds[i]:0.0} | {speeds[i] / copy:0%} | {(reads ? $"{speeds[i] / reading:0%}" : "–")}";
    }

    /// <summary>Returns the passes and the bandwidth of each in GB/s.</summary>
    private static (Pass[] Passes, double[] Speeds) Measure(int threads)
    {
        using var device = CpuDevice.Create(threads);
        using var scope = new TensorScope(device);
        Tensor[] t = [.. Enumerable.Range(0, 4).Select(_ => scope.Allocate(Shape.Matrix(Size, Size)))];
        for (int i = 0; i < t.Length; i++)
        {
            device.FillNormal(seed: 0, stream: (ulong)i, t[i]);
        }

        Tensor sums = scope.Allocate(Shape.Vector(Device.IterateSumCount));
        Tensor scalar = scope.Allocate(Shape.Scalar);
        Tensor tau = scope.Add(device.Allocate(Shape.Scalar, [0.5f]));
        float[] from = t[0].ToArray();
        float[] to = t[1].ToArray();
        int part = from.Length / threads;
        void CopyPart(int i) => from.AsSpan(i * part, part).CopyTo(to.AsSpan(i * part, part));
        Pass[] passes =
        [
            new("copy by the runtime", 8, Kind.Copy, () => Parallel.For(0, threads, CopyPart)),
            new("copy", 8, Kind.Copy, () => device.Copy(t[0], t[1])),
            new("sum of magnitudes", 4, Kind.Reading, () => device.SumOfMagnitudes(t[0], scalar)),
            new("dual and x-update, l1 prior", 16, Kind.Writes, () =>
                device.SoftThresholdReflected(t[0], tau, t[2], t[1])),
            new("residuals and l1 norms", 16, Kind.ReadsOnly, () => device.IterateSums(t[0], t[1], t[2], t[3], sums)),
            new("soft threshold", 8, Kind.Writes, () => device.SoftThreshold(t[0], tau, t[1])),
            new("combine", 12, Kind.Writes, () => device.Combine(0.5f, t[0], 0.5f, t[1], t[2])),
            new("combine in place", 12, Kind.Writes, () => device.Combine(0.5f, t[0], 0.5f, t[1], t[1])),
            new("dot", 8, Kind.ReadsOnly, () => device.Dot(t[0], t[1], scalar)),
        ];
        double[] seconds = [.. passes.Select(_ => double.PositiveInfinity)];
        for (int round = 0; round < Rounds; round++)
        {
            for (int i = 0; i < passes.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                passes[i].Execute();
                seconds[i] = Math.Min(seconds[i], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        return (passes, [.. passes.Select((pass, i) => 1e-9 * pass.BytesPerPixel * Size * Size / seconds[i])]);
    }

    /// <summary>The kind of a pass, which decides what it is compared with.</summary>
    private enum Kind
    {
        Copy,
        Reading,
        Writes,
        ReadsOnly,
    }

    private sealed record Pass(string Name, int BytesPerPixel, Kind Kind, Action Execute);
}
