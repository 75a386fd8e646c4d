using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary><c>learn-operator</c>: the kernel of measured pictures, as a file that other commands take.</summary>
public sealed class LearnOperatorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("deblur", 1, "motion:5:30")]
    [InlineData("color-sr2", 2, "gaussian:3:1")]
    public void The_kernel_of_degraded_pictures_is_found_and_can_be_used(string task, int stride, string kernel)
    {
        string images = Drawings.WriteFolder(_directory.File("pairs/images"), count: 3, 40, 46);
        string[] files = [.. Directory.EnumerateFiles(images)];
        Assert.Equal(ExitCode.Done, CommandLine.Run(
            ["degrade", .. files, "--task", task, "--kernel", kernel, "--noise", "0", "--device", "cpu", "--out",
                _directory.File("pairs/measurements")]).ExitCode);
        var truth = BlurKernel.Parse(kernel);

        CommandLine run = CommandLine.Run(
            ["learn-operator", "--pairs", _directory.File("pairs"), "--size", Text(truth.Width), "--stride", Text(stride),
                "--truth", kernel, "--out", _directory.File("out"), "--json", _directory.File("report.json")]);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        var learned = BlurKernel.FromCsv(_directory.File("out/kernel.csv"));
        using var report = System.Text.Json.JsonDocument.Parse(File.ReadAllText(_directory.File("report.json")));
        Assert.Equal(3, report.RootElement.GetProperty("pairs").GetInt32());
        Assert.InRange(report.RootElement.GetProperty("residual").GetDouble(), 0, 2e-5);
        for (int i = 0; i < truth.Values.Length; i++)
        {
            // Measurements of 16 bits are rounded to 1.5e-5.
            Assert.Equal(truth.Values[i], learned.Values[i], 5e-3);
            Assert.Equal(learned.Values[i], report.RootElement.GetProperty("kernel")[i / truth.Width][i % truth.Width]
                .GetDouble());
        }

        Shape figure = ImageFile.Read(_directory.File("out/kernel.png")).Shape;
        Assert.True(figure.W > 3 * 280);
        Assert.Equal(ExitCode.Done, CommandLine.Run(
            ["degrade", files[0], "--task", task, "--kernel", _directory.File("out/kernel.csv"), "--device", "cpu",
                "--out", _directory.File("again")]).ExitCode);
    }

    [Fact]
    public void Pairs_that_are_not_complete_are_named()
    {
        string images = Drawings.WriteFolder(_directory.File("pairs/images"), count: 2, 40, 46);
        AssertRefused("measurements");
        string measurements = Drawings.WriteFolder(_directory.File("pairs/measurements"), count: 1, 40, 46);
        AssertRefused(Path.GetFileName(Directory.EnumerateFiles(images).Order(StringComparer.Ordinal).Last()));
        File.Delete(Directory.EnumerateFiles(images).Order(StringComparer.Ordinal).Last());
        AssertRefused("stride 2", "--stride", "2");
        string twice = Directory.EnumerateFiles(measurements).First();
        NpyFile.Write(Path.ChangeExtension(twice, ".npy"), new float[4], new Shape(1, 1, 2, 2));
        AssertRefused("same name");
        Assert.False(Directory.Exists(_directory.File("out")));
    }

    private void AssertRefused(string mention, params string[] more)
    {
        CommandLine run = CommandLine.Run(
            ["learn-operator", "--pairs", _directory.File("pairs"), "--size", "3", "--out", _directory.File("out"), .. more]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(mention, run.Error);
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
