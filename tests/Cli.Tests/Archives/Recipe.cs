namespace InfAdmm.Cli.Tests;

/// <summary>The recipes of docs/scale-out.md, as they stand there.</summary>
internal static class Recipe
{
    /// <summary>The first block of code under a heading.</summary>
    /// <param name="heading">The text of the heading.</param>
    /// <param name="language">The language that the block states.</param>
    public static string Under(string heading, string language)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Documents", "scale-out.md"));
        string[] block =
        [
            .. lines.SkipWhile(line => line != $"## {heading}").SkipWhile(line => line != $"```{language}").Skip(1)
                .TakeWhile(line => line != "```"),
        ];
        Assert.NotEmpty(block);
        return string.Concat(block.Select(line => line + "\n"));
    }
}
