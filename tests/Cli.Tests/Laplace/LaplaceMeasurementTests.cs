using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>The user's own measurement, as an array or a picture.</summary>
public sealed class LaplaceMeasurementTests : IDisposable
{
    private const int Height = 12;
    private const int Width = 16;

    private static readonly string[] Options =
        ["laplace", "--device", "cpu", "--quiet", "--repeat", "1", "--iterations", "3", "--stride", "2", "--kernel",
            "gaussian:5:1", "--sigma", "0.1", "--json", "-"];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("(12, 16)", 1, "<f4")]
    [InlineData("(12, 16)", 1, "<f8")]
    [InlineData("(1, 12, 16)", 1, "<f4")]
    [InlineData("(1, 12, 16)", 1, "<f8")]
    [InlineData("(2, 12, 16)", 2, "<f4")]
    [InlineData("(3, 12, 16)", 3, "<f4")]
    [InlineData("(3, 12, 16)", 3, "<f8")]
    public void Arrays_are_taken(string shape, int channels, string type)
    {
        string file = _directory.File("y.npy");
        int count = channels * Height * Width;
        float[] values = [.. Enumerable.Range(0, count).Select(i => (float)Math.Sin(0.37 * i))];
        WriteArray(file, type, shape, values);

        AssertEstimated(file, channels);

        PlanarImage y = NpyFile.Read(Path.Combine(_directory.Path, "dump", "y.npy"));
        Assert.Equal(new Shape(1, channels, Height, Width), y.Shape);
        Assert.Equal(values, y.Values);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(2, 3, 3)]
    [InlineData(6, 4, 3)]
    public void Pictures_are_taken(byte colourType, int samples, int channels)
    {
        string file = _directory.File("y.png");
        File.WriteAllBytes(file, PngWriter.Write16(
            Width, Height, colourType, samples, (row, column, c) => (ushort)(4000 * row + 90 * column + 5000 * c)));

        AssertEstimated(file, channels);

        PlanarImage y = NpyFile.Read(Path.Combine(_directory.Path, "dump", "y.npy"));
        Assert.Equal(new Shape(1, channels, Height, Width), y.Shape);
        Assert.Equal((4000 + 90 * 2) / 65535f, y.Values[Width + 2], 1e-6f);
    }

    [Fact]
    public void Channels_are_solved_each_alone()
    {
        string colour = _directory.File("colour.npy");
        float[] values = [.. Enumerable.Range(0, 3 * Height * Width).Select(i => (float)Math.Cos(0.7 * i))];
        WriteArray(colour, "<f4", $"(3, {Height}, {Width})", values);
        float[] together = Estimate(colour, "all");
        for (int c = 0; c < 3; c++)
        {
            string plane = _directory.File("plane.npy");
            WriteArray(plane, "<f4", $"({Height}, {Width})", values[(c * Height * Width)..((c + 1) * Height * Width)]);
            float[] alone = Estimate(plane, $"plane{c}");
            int start = c * alone.Length;
            Assert.All(alone.Select((value, i) => (value, together[start + i])),
                pair => Assert.Equal(pair.value, pair.Item2, 1e-5f));
        }
    }

    private void AssertEstimated(string file, int channels)
    {
        string dump = _directory.File("dump");
        string target = _directory.File("out");
        CommandLine run = CommandLine.Run([.. Options, "--y", file, "--dump", dump, "--out", target]);
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        JsonElement problem = JsonDocument.Parse(run.Out).RootElement.GetProperty("problem");
        Assert.Equal(JsonValueKind.Null, problem.GetProperty("density").ValueKind);
        Assert.Equal(channels, problem.GetProperty("channels").GetInt32());
        Assert.Equal(2 * Height, problem.GetProperty("size").GetInt32());
        Assert.Equal(channels * Height * Width, problem.GetProperty("measurements").GetInt32());
        Assert.False(File.Exists(Path.Combine(dump, "x_true.npy")));
        PlanarImage estimate = NpyFile.Read(Path.Combine(target, "estimate.npy"));
        Assert.Equal(new Shape(1, channels, 2 * Height, 2 * Width), estimate.Shape);
        Assert.Equal(estimate.Values, NpyFile.Read(Path.Combine(dump, "x_fft.npy")).Values);

        // An array of two channels cannot be drawn as a picture.
        string picture = Path.Combine(target, "estimate.png");
        Assert.Equal(channels != 2, File.Exists(picture));
        if (channels != 2)
        {
            Shape shape = ImageFile.Read(picture).Shape;
            Assert.Equal((2 * Height, 2 * Width), (shape.H, shape.W));
            Assert.True(shape.C == channels || shape.C == 1, $"{shape}");
        }
    }

    private float[] Estimate(string file, string name)
    {
        string target = _directory.File(name);
        CommandLine run = CommandLine.Run([.. Options, "--y", file, "--out", target, "--solvers", "fft"]);
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        return NpyFile.Read(Path.Combine(target, "estimate.npy")).Values;
    }

    private static void WriteArray(string file, string type, string shape, float[] values)
    {
        string text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        byte[] header = Encoding.ASCII.GetBytes(text.PadRight(117) + "\n");
        int size = type == "<f8" ? 8 : 4;
        byte[] elements = new byte[size * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            Span<byte> element = elements.AsSpan(size * i);
            if (size == 8)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(element, values[i]);
            }
            else
            {
                BinaryPrimitives.WriteSingleLittleEndian(element, values[i]);
            }
        }

        File.WriteAllBytes(
            file, [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. elements]);
    }
}
