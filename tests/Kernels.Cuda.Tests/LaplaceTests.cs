using System.Text.Json;
using InfAdmm.Cli;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>
/// The experiment of the laplace command on the CUDA backend, compared with the CPU backend: both presets, every
/// solver.
/// </summary>
public sealed class LaplaceTests : IDisposable
{
    private const double Tolerance = 1e-5;

    private readonly string _folder = Directory.CreateTempSubdirectory("infadmm-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("paper", 30)]
    [InlineData("sparse", 200)]
    public void The_experiment_gives_what_it_gives_on_the_cpu(string preset, int iterations)
    {
        Gpu.Need();
        using JsonDocument cpu = Run(preset, "cpu");
        using JsonDocument cuda = Run(preset, "cuda");
        string[] solvers = [.. Solvers(cuda).Select(Name)];
        Assert.Equal(Solvers(cpu).Select(Name), solvers);
        Assert.Equal(
            ["fft", "cholesky", "cg", "cg-image", "gd", "learned", "learned-linear", "learned-local"], solvers);
        foreach ((JsonElement expected, JsonElement actual) in Solvers(cpu).Zip(Solvers(cuda)))
        {
            // Relative to the largest of the three: with `paper`, x is zero and z approaches it.
            string[] tensors = ["x", "z", "w"];
            double scale = tensors.Max(tensor => Norm(Dump(preset, "cpu", tensor, expected)));
            foreach (string tensor in tensors)
            {
                float[] difference =
                [
                    .. Dump(preset, "cpu", tensor, expected).Zip(
                        Dump(preset, "cuda", tensor, actual), (a, b) => a - b),
                ];
                double error = Norm(difference) / scale;
                Assert.True(error <= Tolerance, $"{Name(actual)}: {tensor} differs by {error:E2}");
            }

            JsonElement.ArrayEnumerator steps = actual.GetProperty("iterations").EnumerateArray();
            Assert.Equal(iterations, steps.Count());
            foreach ((JsonElement a, JsonElement b) in expected.GetProperty("iterations").EnumerateArray().Zip(steps))
            {
                AssertEqual(a, b, "objective_x", Tolerance);
                AssertEqual(a, b, "objective_z", Tolerance);
            }

            Assert.Equal(0, actual.GetProperty("allocated_bytes_per_iteration").GetDouble());
        }
    }

    [Fact]
    public void The_device_is_named()
    {
        Gpu.Need();
        (int code, string output, string notes) = Infadmm("devices", "--json", "-");
        Assert.Equal(0, code);
        Assert.Contains("\"cuda\"", output, StringComparison.Ordinal);
        (code, _, notes) = Infadmm("laplace", "--size", "64", "--solvers", "fft", "--iterations", "2", "--json", "-");
        Assert.Equal(0, code);
        Assert.Contains("device: cuda", notes, StringComparison.Ordinal);
    }

    private static JsonElement.ArrayEnumerator Solvers(JsonDocument report) =>
        report.RootElement.GetProperty("solvers").EnumerateArray();

    private static string Name(JsonElement solver) => solver.GetProperty("name").GetString()!;

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));

    private static void AssertEqual(JsonElement expected, JsonElement actual, string property, double tolerance)
    {
        double a = expected.GetProperty(property).GetDouble();
        double b = actual.GetProperty(property).GetDouble();
        Assert.True(Math.Abs(a - b) <= tolerance * Math.Abs(a), $"{property}: {b:R}, expected {a:R}");
    }

    private static (int Code, string Output, string Notes) Infadmm(params string[] arguments)
    {
        using var output = new StringWriter();
        using var notes = new StringWriter();
        int code = Application.Run(arguments, output, notes);
        return (code, output.ToString(), notes.ToString());
    }

    private JsonDocument Run(string preset, string device)
    {
        string folder = Path.Combine(_folder, $"{preset}-{device}");
        (int code, string output, string notes) = Infadmm(
            "laplace", "--preset", preset, "--size", "64", "--device", device, "--repeat", "1", "--json", "-", "--dump",
            folder, "--quiet");
        Assert.True(code == 0, notes);
        return JsonDocument.Parse(output);
    }

    private float[] Dump(string preset, string device, string tensor, JsonElement solver) =>
        NpyFile.Read(Path.Combine(_folder, $"{preset}-{device}", $"{tensor}_{Name(solver)}.npy")).Values;
}
