using System.Text.RegularExpressions;
using InfAdmm.Engine.Tests;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Tests;

/// <summary>
/// No source file compares a task's name, except the lookup by name and the check that two tasks are the same.
/// </summary>
public sealed class TaskNameTests
{
    private static readonly string[] MayCompare = ["ImageTask.cs", "ImageTasks.cs"];

    [Fact]
    public void No_source_compares_a_task_with_a_name()
    {
        string source = Path.Combine(RepositoryRoot.Path, "src");
        string[] files =
        [
            .. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")),
        ];
        Assert.True(files.Length > 200, $"only {files.Length} files were found in {source}");

        string[] found = [.. files.Where(file => Offends(file, File.ReadAllText(file)))];

        Assert.Empty(found);
    }

    /// <summary>Catches a scan that finds nothing.</summary>
    [Theory]
    [InlineData("if (task.Name == other) { }")]
    [InlineData("int width = Task.Name switch { _ => 1 };")]
    [InlineData("bool sharp = weights.Task.Name is Sharp;")]
    [InlineData("if (name == \"deblur\") { }")]
    [InlineData("bool same = task.Name.Equals(other.Name);")]
    [InlineData("if (task == ImageTasks.SuperResolution) { }")]
    [InlineData("bool digits = task.IsVariantOf(ImageTasks.MnistSuperResolution);")]
    public void A_comparison_is_found(string line) => Assert.True(Offends("Some.cs", line));

    [Theory]
    [InlineData("string text = $\"the task {task.Name}\";")]
    [InlineData("Description = \"Pictures to restore: small ones for sr4 and color-sr2.\";")]
    [InlineData("ImageTask task = ImageTasks.SuperResolution;")]
    public void Other_uses_are_not(string line) => Assert.False(Offends("Some.cs", line));

    private static bool Offends(string file, string text)
    {
        string name = Path.GetFileName(file);
        if (MayCompare.Contains(name))
        {
            return false;
        }

        string code = Regex.Replace(text, "///[^\n]*", string.Empty);
        bool comparesName = Regex.IsMatch(code, @"[Tt]ask\w*\.Name\s*(==|!=|is\b|switch\b|\.Equals)");
        bool comparesTask = Regex.IsMatch(code, @"(==|!=|IsVariantOf\()\s*ImageTasks\.");

        // A task's own file is the only place that contains its name.
        bool defines = name.StartsWith("ImageTasks.", StringComparison.Ordinal);
        return comparesName || comparesTask || (!defines && ImageTasks.Names.Any(task => code.Contains($"\"{task}\"")));
    }
}
