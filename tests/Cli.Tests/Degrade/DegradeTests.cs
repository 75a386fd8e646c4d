using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary><c>degrade</c>: writes measurements as 16-bit files; a failed file does not affect the others.</summary>
public sealed class DegradeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _pictures;

    public DegradeTests() => _pictures = Drawings.WriteFolder(_directory.File("pictures"), count: 2, 41, 46);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("sr4", 3, 10, 11)]
    [InlineData("color-sr2", 1, 20, 23)]
    [InlineData("deblur", 3, 41, 46)]
    public void Measurements_have_the_shape_of_the_task(string task, int channels, int height, int width)
    {
        CommandLine run = Degrade(task, Path.Combine(_pictures, "0.png"), Path.Combine(_pictures, "1.png"));

        Assert.Equal(ExitCode.Done, run.ExitCode);
        PlanarImage measured = ImageFile.Read(_directory.File("out/1.png"));
        Assert.Equal((channels, height, width), (measured.Shape.C, measured.Shape.H, measured.Shape.W));

        // With 8 bits, every value would be a multiple of 1/255.
        Assert.Contains(measured.Values, value => MathF.Abs(value * 255 - MathF.Round(value * 255)) > 0.1f);
    }

    [Fact]
    public void A_file_that_fails_leaves_the_others()
    {
        string broken = _directory.File("broken.png");
        File.WriteAllText(broken, "no picture");

        CommandLine run = Degrade("sr4", broken, Path.Combine(_pictures, "1.png"));

        Assert.NotEqual(ExitCode.Done, run.ExitCode);
        Assert.Contains("broken.png", run.Error);
        Assert.True(File.Exists(_directory.File("out/1.png")));
        Assert.False(File.Exists(_directory.File("out/broken.png")));
    }

    /// <summary>Catches a photograph that is measured without applying its orientation.</summary>
    [Fact]
    public void A_photograph_is_turned_upright()
    {
        // A TIFF file of 8x4 grey pixels with orientation 6: its rows are the columns, from right to left.
        string file = _directory.File("photo.tif");
        byte[] header =
        [
            .. "II"u8, 42, 0, 8, 0, 0, 0, 9, 0,
            0, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 1, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 2, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0,
            3, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0, 6, 1, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0,
            0x11, 1, 3, 0, 1, 0, 0, 0, 122, 0, 0, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0,
            0x16, 1, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0,
            0x17, 1, 3, 0, 1, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0,
        ];
        File.WriteAllBytes(file, [.. header, .. new byte[32]]);

        Assert.Equal(ExitCode.Done, Degrade("sr4", file).ExitCode);

        PlanarImage measured = ImageFile.Read(_directory.File("out/photo.png"));
        Assert.Equal((2, 1), (measured.Shape.H, measured.Shape.W));
    }

    [Fact]
    public void Nothing_is_overwritten()
    {
        string other = Drawings.WriteFolder(_directory.File("other"), count: 1);
        Degrade("sr4", Path.Combine(_pictures, "0.png"), Path.Combine(other, "0.png")).AssertUsageError("0.png");
        CommandLine.Run("degrade", Path.Combine(_pictures, "0.png"), "--task", "sr4", "--out", _pictures)
            .AssertUsageError("overwritten");
    }

    private CommandLine Degrade(string task, params string[] files) => CommandLine.Run(
        ["degrade", .. files, "--task", task, "--out", _directory.File("out"), "--device", "cpu", "--threads", "1"]);
}
