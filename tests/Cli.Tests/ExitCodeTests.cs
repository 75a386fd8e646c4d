using System.Text.Json;
using InfAdmm.Engine;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

public sealed class ExitCodeTests
{
    [Fact]
    public void Devices_are_listed()
    {
        CommandLine run = CommandLine.Run("devices");
        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains("cpu", run.Out);
        Assert.Empty(run.Error);
    }

    [Fact]
    public void Json_on_stdout_is_alone_there()
    {
        CommandLine run = CommandLine.Run("devices", "--json", "-");
        using JsonDocument json = JsonDocument.Parse(run.Out);
        Assert.Equal("devices", json.RootElement.GetProperty("command").GetString());
        Assert.Equal(Application.Version, json.RootElement.GetProperty("version").GetString());
        JsonElement cpu = json.RootElement.GetProperty("devices").EnumerateArray()
            .Single(device => device.GetProperty("name").GetString() == "cpu");
        Assert.True(cpu.GetProperty("available").GetBoolean());
        Assert.NotEmpty(cpu.GetProperty("description").GetString()!);
        Assert.Equal(JsonValueKind.Null, cpu.GetProperty("reason").ValueKind);
        Assert.Contains("cpu", run.Error);
        Assert.Empty(CommandLine.Run("devices", "--json", "-", "--quiet").Error);
    }

    [Fact]
    public void Json_in_a_file_replaces_what_was_there()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("report.json");
        File.WriteAllText(file, new string('x', 10000));

        CommandLine run = CommandLine.Run("devices", "--json", file, "--out", directory.File("made/for/it"));

        Assert.Equal(ExitCode.Done, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(directory.Path));
        Assert.True(Directory.Exists(directory.File("made/for/it")));
    }

    [Fact]
    public void Places_that_cannot_be_written_to_are_refused_at_once()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.File("file");
        File.WriteAllText(file, "");
        CommandLine.Run("devices", "--json", directory.File("no/x.json"))
            .AssertUsageError("--json", "x.json", "create");
        CommandLine.Run("devices", "--json", directory.Path).AssertUsageError("--json", directory.Path, "directory");
        CommandLine.Run("devices", "--json", file + "/x.json").AssertUsageError("--json", "x.json");
        CommandLine.Run("devices", "--out", file).AssertUsageError("--out", file);
        CommandLine.Run("devices", "--out", file + "/x").AssertUsageError("--out", file);
        Assert.Equal([file], Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void An_interrupted_command_says_so()
    {
        CommandLine run = CommandLine.Run(new CancellationToken(canceled: true), "devices");
        Assert.Equal(ExitCode.Interrupted, run.ExitCode);
        Assert.Empty(run.Out);
    }

    [Theory]
    [InlineData(true, ExitCode.Usage)]
    [InlineData(false, ExitCode.Failed)]
    public void Failures_end_in_one_line_without_a_trace(bool input, int expected)
    {
        Exception failure = input ? new InputException("first\nsecond") : new DeviceException("first\nsecond");
        var stderr = new StringWriter();

        int exitCode = Application.Report(failure, stderr);

        Assert.Equal(expected, exitCode);
        Assert.Equal("error: first second\n", stderr.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_shape_that_was_not_checked_before_is_a_failure_of_the_program()
    {
        Assert.Equal(ExitCode.Failed, Application.Report(new ShapeException("a and b"), new StringWriter()));
    }
}
