using System.Text.RegularExpressions;

namespace InfAdmm.Engine.Tests;

/// <summary>Sections of docs/mathematics.md that the code cites exist.</summary>
public sealed partial class CitationTests
{
    private const string Page = "docs/mathematics.md";

    [Fact]
    public void Every_citation_names_a_section_that_exists()
    {
        string page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, Page));
        HashSet<string> sections = [.. Heading().Matches(page).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(sections);
        int citations = 0;
        var wrong = new List<string>();
        foreach (string file in Sources())
        {
            foreach (Match match in Citation().Matches(Joined(file)))
            {
                citations++;
                if (!sections.Contains(match.Groups["section"].Value)
                    && !page.Contains($" ({match.Groups["label"].Value})\n"))
                {
                    wrong.Add($"{Path.GetRelativePath(RepositoryRoot.Path, file)}: '{match.Value}'");
                }
            }
        }

        Assert.Empty(wrong);
        Assert.True(citations > 20, $"{citations} citations were found");
    }

    /// <summary>Catches a citation of a page that is not in the repository.</summary>
    [Fact]
    public void No_other_page_of_mathematics_is_cited()
    {
        string other = string.Concat("MATH", ".md");
        Assert.DoesNotContain(Sources(), file => File.ReadAllText(file).Contains(other, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Sources() =>
        ((string[])["src", "tests", "bench", "native", "docs"])
            .SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(RepositoryRoot.Path, folder), "*.*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".cu" or ".cuh" or ".h" or ".md")
            .Where(file => Path.GetFileName(file) != $"{nameof(CitationTests)}.cs")
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}"));

    /// <summary>The text, with comments that continue on the next line joined.</summary>
    private static string Joined(string file) => LineBreak().Replace(File.ReadAllText(file), " ");

    [GeneratedRegex(@"^## (\d+)\.", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"docs/mathematics\.md,? (§(?<section>\d+)|\((?<label>\w+)\)|(?<section>\S+))")]
    private static partial Regex Citation();

    [GeneratedRegex(@"\r?\n\s*(///|//)?\s*")]
    private static partial Regex LineBreak();
}
