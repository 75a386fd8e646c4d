using System.Text.RegularExpressions;

namespace InfAdmm.Engine.Tests;

/// <summary>Every section or equation of docs/mathematics.md that is cited exists.</summary>
public sealed partial class CitationTests
{
    private const string Page = "docs/mathematics.md";

    [Fact]
    public void Every_citation_names_a_section_that_exists()
    {
        string page = File.ReadAllText(Path.Combine(RepositoryRoot.Path, Page));
        HashSet<string> targets =
        [
            .. Heading().Matches(page).Select(match => $"§{match.Groups[1].Value}"),
            .. Label().Matches(page).Select(match => match.Groups[1].Value),
        ];
        Assert.NotEmpty(targets);
        string[] cited =
        [
            .. Sources().SelectMany(file => Citation().Matches(Joined(file))
                .SelectMany(match => match.Groups["target"].Captures)
                .Select(target => $"{Path.GetRelativePath(RepositoryRoot.Path, file)} cites {target.Value}")),
        ];
        Assert.All(cited, citation => Assert.Contains(citation.Split(' ')[^1], targets));
        Assert.True(cited.Length > 20, $"{cited.Length} citations were found");
    }

    /// <summary>Code names the page by its path and states a section, and cites no page outside of the repository.</summary>
    [Fact]
    public void Code_cites_in_one_form()
    {
        IEnumerable<string> wrong = Sources()
            .Where(file => Path.GetExtension(file) != ".md")
            .SelectMany(file => OtherForm().Matches(Joined(file))
                .Select(match => $"{Path.GetRelativePath(RepositoryRoot.Path, file)}: '{match.Value}'"));
        Assert.Empty(wrong);
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

    [GeneratedRegex(@" (\(\w+\))\r?$", RegexOptions.Multiline)]
    private static partial Regex Label();

    /// <summary>The page, in code or as a link, and one target or several.</summary>
    [GeneratedRegex(@"mathematics\.md\)?,? (?<target>§\d+|\(\w+\))((, | and |, and |–| to )(?<target>§\d+|\(\w+\)))*")]
    private static partial Regex Citation();

    /// <summary>The page without its folder or without a target, or the old name of the page.</summary>
    [GeneratedRegex(@"(?<!docs/)\bmathematics\.md.{0,10}|mathematics\.md(?! (§\d|\(\w+\))).{0,10}|\bMATH(\.md\b|,? §).{0,10}")]
    private static partial Regex OtherForm();

    [GeneratedRegex(@"\r?\n\s*(///|//)?\s*")]
    private static partial Regex LineBreak();
}
