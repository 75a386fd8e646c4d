using System.Text.Json;

namespace InfAdmm.Cli.Tests;

/// <summary>What explain says of an operator.</summary>
public sealed class ExplainTests
{
    [Fact]
    public void Explain_says_what_a_boundary_leaves()
    {
        CommandLine run = CommandLine.Run(
            "explain", "--size", "64", "--boundary", "reflect", "--json", "-", "--quiet", "--device", "cpu");
        Assert.True(run.ExitCode == ExitCode.Done, run.Error);
        using var report = JsonDocument.Parse(run.Out);
        JsonElement described = report.RootElement.GetProperty("operator");
        Assert.Equal("reflect", described.GetProperty("boundary").GetString());
        Assert.Equal(JsonValueKind.Null, described.GetProperty("gram_rows").ValueKind);
        Assert.False(described.GetProperty("exact").GetBoolean());
        string? chosen = report.RootElement.GetProperty("chosen").GetString();
        Assert.Contains(chosen, (string[])["cholesky", "cg", "pcg", "cg-image", "gd"]);
    }
}
