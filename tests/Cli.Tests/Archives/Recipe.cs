namespace InfAdmm.Cli.Tests;

/// <summary>The recipes of docs/scale-out.md, as they stand there.</summary>
internal static class Recipe
{
    /// <summary>The first block of code under a heading, or the first one after it with a certain first line.</summary>
    /// <param name="heading">The text of the heading.</param>
    /// <param name="language">The language that the block states.</param>
    /// <param name="firstLine">The first line of the block; null for the first block.</param>
    public static string Under(string heading, string language, string? firstLine = null)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Documents", "scale-out.md"));
        int start = Array.IndexOf(lines, $"## {heading}");
        do
        {
            start = Array.IndexOf(lines, $"```{language}", start + 1);
        }
        while (start > 0 && firstLine is not null && lines[start + 1] != firstLine);
        string[] block = [.. lines.Skip(start + 1).TakeWhile(line => line != "```")];
        Assert.NotEmpty(block);
        return string.Concat(block.Select(line => line + "\n"));
    }
}
