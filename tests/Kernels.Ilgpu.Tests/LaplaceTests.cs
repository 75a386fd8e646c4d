using System.Text.Json;
using InfAdmm.Cli;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Kernels.Ilgpu.Tests;

/// <summary>
/// The experiment of the laplace command on the ILGPU backend, compared with the CPU backend: both presets, every
/// solver.
/// </summary>
public sealed class LaplaceTests : IDisposable
{
    private const double Tolerance = 1e-5;

    private readonly string _folder = Directory.CreateTempSubdirectory("infadmm-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("paper", 3)]
    [InlineData("sparse", 3)]
    public void The_experiment_gives_what_it_gives_on_the_cpu(string preset, int iterations)
    {
        using JsonDocument cpu = Run(preset, iterations, "cpu");
        using JsonDocument ilgpu = Run(preset, iterations, "ilgpu:cpu");
        Assert.Equal(
            ["fft", "cholesky", "cg", "cg-image", "gd", "learned", "learned-linear", "learned-local"],
            Solvers(ilgpu).Select(Name));
        Assert.Equal(Solvers(cpu).Select(Name), Solvers(ilgpu).Select(Name));
        foreach ((JsonElement expected, JsonElement actual) in Solvers(cpu).Zip(Solvers(ilgpu)))
        {
            // Relative to the largest of the three: with `paper`, x is zero and z approaches it.
            string[] tensors = ["x", "z", "w"];
            double scale = tensors.Max(tensor => Norm(Dump(preset, "cpu", tensor, expected)));
            foreach (string tensor in tensors)
            {
                float[] difference =
                [
                    .. Dump(preset, "cpu", tensor, expected).Zip(
                        Dump(preset, "ilgpu:cpu", tensor, actual), (a, b) => a - b),
                ];
                double error = Norm(difference) / scale;
                Assert.True(error <= Tolerance, $"{Name(actual)}: {tensor} differs by {error:E2}");
            }

            JsonElement.ArrayEnumerator steps = actual.GetProperty("iterations").EnumerateArray();
            Assert.Equal(iterations, steps.Count());
            foreach ((JsonElement a, JsonElement b) in expected.GetProperty("iterations").EnumerateArray().Zip(steps))
            {
                AssertEqual(a, b, "objective_x");
                AssertEqual(a, b, "objective_z");
            }
        }
    }

    private static JsonElement.ArrayEnumerator Solvers(JsonDocument report) =>
        report.RootElement.GetProperty("solvers").EnumerateArray();

    private static string Name(JsonElement solver) => solver.GetProperty("name").GetString()!;

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));

    private static void AssertEqual(JsonElement expected, JsonElement actual, string property)
    {
        double a = expected.GetProperty(property).GetDouble();
        double b = actual.GetProperty(property).GetDouble();
        Assert.True(Math.Abs(a - b) <= Tolerance * Math.Abs(a), $"{property}: {b:R}, expected {a:R}");
    }

    private JsonDocument Run(string preset, int iterations, string device)
    {
        using var output = new StringWriter();
        using var notes = new StringWriter();
        int code = Application.Run(
            [
                "laplace", "--preset", preset, "--size", "32", "--iterations", $"{iterations}", "--device", device,
                "--repeat", "1", "--json", "-", "--dump", Folder(preset, device), "--quiet",
            ],
            output, notes);
        Assert.True(code == 0, notes.ToString());
        return JsonDocument.Parse(output.ToString());
    }

    private float[] Dump(string preset, string device, string tensor, JsonElement solver) =>
        NpyFile.Read(Path.Combine(Folder(preset, device), $"{tensor}_{Name(solver)}.npy")).Values;

    private string Folder(string preset, string device) =>
        Path.Combine(_folder, $"{preset}-{device.Replace(':', '-')}");
}
