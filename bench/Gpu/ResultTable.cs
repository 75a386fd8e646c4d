using System.Text.Json;

namespace InfAdmm.Bench.Gpu;

/// <summary>The short table at the end of bench/gpu.sh, made from the files of its output folder.</summary>
internal sealed class ResultTable(string directory, TextWriter text)
{
    // Relative tolerance between a solver's objectives on the GPU and on the CPU.
    private const double LaplaceTolerance = 1e-4;

    /// <summary>Writes the table.</summary>
    /// <returns>True if conformance was checked and nothing failed.</returns>
    public bool Write()
    {
        bool conforms = WriteChecks();
        conforms &= WriteLaplace("paper");
        conforms &= WriteLaplace("sparse");
        if (GpuJson.Read(directory, GpuReport.FileName, GpuJson.Default.GpuReport) is { } report)
        {
            text.WriteLine();
            text.WriteLine(report.Device);
            if (report.Quick)
            {
                text.WriteLine("a quick run: small sizes and few repeats, the timings below have no meaning");
            }

            foreach (string failure in report.Failures)
            {
                text.WriteLine($"FAILED {failure}");
            }

            WriteMemory(report);
            WriteCompute(report);
            WriteNetworks(report);
            WriteIterations(report);
            WritePeer();
        }
        else
        {
            text.WriteLine("no benchmarks");
        }

        return conforms;
    }

    private bool WriteChecks()
    {
        if (GpuJson.Read(directory, ConformanceCheck.FileName, GpuJson.Default.ListCheckRow) is not { } rows)
        {
            text.WriteLine("conformance was not checked");
            return false;
        }

        foreach (CheckRow row in rows)
        {
            text.WriteLine($"{row.What,-52}{row.Passed,8} passed{row.Failed,8} failed");
        }

        return rows.All(row => row.Failed == 0);
    }

    private bool WriteLaplace(string preset)
    {
        try
        {
            Dictionary<string, double> cpu = Objectives(preset, "cpu");
            Dictionary<string, double> cuda = Objectives(preset, "cuda");
            double worst = cuda.Max(solver => Math.Abs(solver.Value / cpu[solver.Key] - 1));
            bool equal = cpu.Count == cuda.Count && worst <= LaplaceTolerance;
            string what = $"laplace {preset}, 64²: {cuda.Count} solvers against the CPU";
            text.WriteLine($"{what,-52}{(equal ? "equal" : "DIFFER")}, last objectives to {worst:0.0e+0}");
            return equal;
        }
        catch (Exception failure) when (failure is IOException or JsonException or KeyNotFoundException)
        {
            text.WriteLine($"laplace {preset}, 64²: not compared: {failure.Message}");
            return false;
        }
    }

    private Dictionary<string, double> Objectives(string preset, string device)
    {
        string path = Path.Combine(directory, $"laplace-{preset}-64-{device}.json");
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        return json.RootElement.GetProperty("solvers").EnumerateArray().ToDictionary(
            solver => solver.GetProperty("name").GetString()!,
            solver => solver.GetProperty("final_objective_z").GetDouble());
    }

    private void WriteMemory(GpuReport report)
    {
        if (report.Memory.Count == 0)
        {
            return;
        }

        text.WriteLine();
        text.WriteLine($"{$"bound by memory, images of {report.ImageSize}²",-52}{"GB/s",10}{"of copy",10}");
        text.WriteLine($"{"copy by the driver",-52}{report.CopyGbps,10:0}{1,10:0%}");
        foreach (OpRow row in report.Memory)
        {
            text.WriteLine($"{row.Name,-52}{row.Gbps,10:0}{row.OfCopy,10:0%}");
        }
    }

    private void WriteCompute(GpuReport report)
    {
        if (report.Compute.Count == 0)
        {
            return;
        }

        text.WriteLine();
        text.WriteLine($"{"convolutions in graphs, float32",-52}{"TFLOP/s",10}{"of matmul",10}{"µs",10}");
        text.WriteLine($"{$"matrix product, {report.MatrixSize}³",-52}{report.MatMulTflops,10:0.00}{1,10:0%}");
        foreach (ComputeRow row in report.Compute)
        {
            text.WriteLine($"{row.Name,-52}{row.Tflops,10:0.00}{row.OfMatMul,10:0%}{row.Microseconds,10:0.0}");
        }
    }

    private void WriteNetworks(GpuReport report)
    {
        if (report.Networks.Count == 0)
        {
            return;
        }

        text.WriteLine();
        text.WriteLine($"{"networks, one launch each",-52}{"TFLOP/s",10}{"of matmul",10}{"µs",10}{"cold, µs",10}");
        foreach (NetworkRow row in report.Networks)
        {
            text.WriteLine(
                $"{row.Name,-52}{row.Tflops,10:0.00}{Number(row.Tflops / report.MatMulTflops, "0%"),10}" +
                $"{row.Microseconds,10:0.0}{row.ColdMicroseconds,10:0.0}   {row.Plan}");
        }
    }

    private void WriteIterations(GpuReport report)
    {
        if (report.Iterations.Count == 0)
        {
            return;
        }

        int[] sizes = [.. report.Iterations.Select(row => row.Size).Distinct().Order()];
        string[] solvers = [.. report.Iterations.Select(row => row.Solver).Distinct()];
        Dictionary<(string, int), double> times = report.Iterations.ToDictionary(
            row => (row.Solver, row.Size), row => row.Microseconds);
        text.WriteLine();
        text.WriteLine($"{"ADMM iteration, one graph launch each, µs",-52}{Row(size => $"{size}²")}");
        foreach (string solver in solvers)
        {
            text.WriteLine($"{solver,-52}{Row(size => $"{times[(solver, size)]:0.0}")}");
        }

        foreach (string solver in new[] { "learned", "learned-linear" })
        {
            foreach (string other in new[] { "cg", "fft" })
            {
                string what = $"{solver} against {other}, above 1 is faster";
                text.WriteLine($"{what,-52}{Row(size => $"{times[(other, size)] / times[(solver, size)]:0.00}")}");
            }
        }

        string Row(Func<int, string> cell) => string.Concat(sizes.Select(size => cell(size).PadLeft(10)));
    }

    private void WritePeer()
    {
        text.WriteLine();
        if (GpuJson.Read(directory, PeerReport.FileName, GpuJson.Default.PeerReport) is not { } peer)
        {
            text.WriteLine("not compared with PyTorch: python3 cannot import it, or the comparison failed above");
            return;
        }

        string copy = peer.CopyGbps is { } gbps ? $", its copy {gbps:0} GB/s" : "";
        text.WriteLine($"PyTorch {peer.Torch} on {peer.Device}{copy}; float32 on both sides but for TF32, outputs compared first");
        text.WriteLine(
            $"{"µs; ratios above 1: ours is faster",-52}{"ours",10}{"eager",10}{"graph",10}{"ratio",8}{"ratio",8}" +
            $"{"difference",12}");
        foreach (PeerRow row in peer.Rows)
        {
            text.WriteLine(
                $"{row.Work,-52}{row.OursUs,10:0.0}{Number(row.EagerUs, "0.0"),10}{Number(row.GraphUs, "0.0"),10}" +
                $"{Number(row.EagerUs / row.OursUs, "0.00"),8}{Number(row.GraphUs / row.OursUs, "0.00"),8}" +
                $"{row.Difference,12:0.0e+0}");
        }
    }

    private static string Number(double? value, string format) =>
        value is { } number && double.IsFinite(number) ? number.ToString(format) : "–";
}
