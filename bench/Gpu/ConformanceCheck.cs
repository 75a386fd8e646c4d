using InfAdmm.Conformance;
using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Kernels.Cuda;

namespace InfAdmm.Bench.Gpu;

/// <summary>
/// Repeats the backend's tests on the real GPU, without the test runner: every case of the conformance suite, called
/// and recorded, networks as plans, and ADMM with every solver; each with the libraries and with only the hand-written
/// kernels.
/// </summary>
internal sealed class ConformanceCheck(TextWriter text)
{
    /// <summary>The file name in the output folder.</summary>
    public const string FileName = "check.json";

    // Limit per kind of check: after an error that corrupts the driver's context, everything that follows fails too.
    private const int MostTold = 20;

    private const double Tolerance = 1e-5;

    public IReadOnlyList<CheckRow> Run()
    {
        var rows = new List<CheckRow>();
        foreach (bool libraries in new[] { true, false })
        {
            using CudaDevice device = CudaDevice.Create(new CudaOptions { UseLibraries = libraries });
            string kernels = libraries ? "with libraries" : "hand-written kernels alone";
            IEnumerable<OpCase> recordable = Suite.Cases.Values.Where(item => item.IsRecordable);
            rows.Add(Count($"ops, {kernels}", Suite.Cases.Values.Select(
                item => (item.Name, (Func<string?>)(() => Suite.Check(device, item))))));
            rows.Add(Count($"ops recorded, {kernels}", recordable.Select(
                item => (item.Name, (Func<string?>)(() => Suite.Check(device, item.Recorded()))))));
            rows.Add(Count($"networks as plans, {kernels}", Networks(device)));
            rows.Add(Count($"ADMM by z-solver, {kernels}", AdmmCheck.Solvers.Select(
                solver => (solver, (Func<string?>)(() => AdmmCheck.Run(device, solver, Tolerance))))));
        }

        return rows;
    }

    /// <summary>
    /// Returns a description of the largest difference relative to the largest magnitude; null if it is small. NaN
    /// counts as a difference.
    /// </summary>
    public static string? Difference(float[] expected, float[] actual, double tolerance)
    {
        double scale = Math.Max(expected.Max(Math.Abs), 1e-30);
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs((double)actual[i] - expected[i]) / scale;
            if (!(error <= tolerance))
            {
                return $"element {i} is {actual[i]:R}, on the CPU {expected[i]:R}: relative error {error:E2}";
            }
        }

        return null;
    }

    private static IEnumerable<(string Name, Func<string?> Check)> Networks(CudaDevice device) =>
        new (string Name, Func<NetworkNode> Make)[]
        {
            ("mnist", () => BenchNetworks.Mnist(batch: 2)),
            ("cpsdae", () => BenchNetworks.AutoEncoder(batch: 2, size: 24)),
            ("cphi", () => BenchNetworks.Inverse(size: 16)),
        }.Select(network => (network.Name, (Func<string?>)(() => CheckNetwork(device, network.Make()))));

    private static string? CheckNetwork(CudaDevice device, NetworkNode network)
    {
        using CpuDevice cpu = CpuDevice.Create(threads: 1);
        float[] expected = Evaluate(cpu, network, runs: 1)[0];
        return Evaluate(device, network, runs: 2)
            .Select(actual => Difference(expected, actual, Tolerance))
            .FirstOrDefault(difference => difference is not null);
    }

    private static float[][] Evaluate(Device device, NetworkNode network, int runs)
    {
        using var scope = new TensorScope(device);
        using InferencePlan plan = device.Compile(network);
        Tensor[] inputs = [.. plan.InputShapes.Select(scope.Allocate)];
        for (int i = 0; i < inputs.Length; i++)
        {
            device.FillNormal(seed: 11, (ulong)i, inputs[i]);
        }

        Tensor output = scope.Allocate(plan.OutputShape);
        var results = new float[runs][];
        for (int run = 0; run < runs; run++)
        {
            device.Fill(float.NaN, output);
            plan.Run(inputs, output);
            results[run] = output.ToArray();
        }

        return results;
    }

    private CheckRow Count(string what, IEnumerable<(string Name, Func<string?> Check)> checks)
    {
        int passed = 0;
        int failed = 0;
        foreach ((string name, Func<string?> check) in checks)
        {
            if (Failure(check) is { } failure)
            {
                failed++;
                if (failed <= MostTold)
                {
                    text.WriteLine($"FAILED {what}: {name}: {failure}");
                }
            }
            else
            {
                passed++;
            }
        }

        text.WriteLine($"{what}: {passed} passed, {failed} failed");
        return new CheckRow(what, passed, failed);
    }

    private static string? Failure(Func<string?> check)
    {
        try
        {
            return check();
        }
        catch (Exception failure)
        {
            return failure.Message;
        }
    }
}

/// <summary>The result of one kind of check.</summary>
internal sealed record CheckRow(string What, int Passed, int Failed);
