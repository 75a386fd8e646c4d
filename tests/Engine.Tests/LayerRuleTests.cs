using System.Xml.Linq;

namespace InfAdmm.Engine.Tests;

/// <summary>Dependencies point left only, between projects and between the folders of a project.</summary>
public sealed class LayerRuleTests
{
    public static TheoryData<string> Projects => [.. ProjectRule.All.Select(rule => rule.Name)];

    [Fact]
    public void Every_project_has_a_rule()
    {
        IEnumerable<string> files = Directory
            .EnumerateFiles(SourceReferences.Source, "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(SourceReferences.Source, file).Replace('\\', '/'));
        Assert.Equal(ProjectRule.All.Select(rule => rule.File).Order(), files.Order());
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_the_layers_it_may(string project)
    {
        ProjectRule rule = ProjectRule.Of(project);
        string folder = Path.Combine(SourceReferences.Source, project);
        IEnumerable<string> targets = Items(rule.File, "ProjectReference")
            .Select(reference => Path.GetFullPath(Path.Combine(folder, reference)))
            .Select(target => Path.GetRelativePath(SourceReferences.Source, target).Replace('\\', '/'));
        IEnumerable<string> allowed = ProjectRule.All
            .Where(other => rule.Projects.Contains(other.Name))
            .Select(other => other.File);
        Assert.Empty(targets.Except(allowed));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_its_packages_alone(string project)
    {
        ProjectRule rule = ProjectRule.Of(project);
        Assert.Equal(rule.Packages.Order(), Items(rule.File, "PackageReference").Order());
    }

    /// <summary>Catches a packed library whose public members may change unseen.</summary>
    [Fact]
    public void Every_packed_library_lists_its_public_members()
    {
        string packages = Path.Combine(SourceReferences.Source, "..", "packages");
        string[] libraries =
        [
            .. Directory.EnumerateFiles(packages, "*.csproj", SearchOption.AllDirectories)
                .SelectMany(file => XDocument.Load(file).Descendants("Assembly"))
                .Select(item => Path.GetDirectoryName(item.Attribute("Include")!.Value)!),
        ];
        Assert.True(libraries.Length >= 8, $"only {libraries.Length} libraries are packed");
        Assert.All(libraries, library =>
            Assert.True(File.Exists(Path.Combine(SourceReferences.Source, library, "PublicAPI.Shipped.txt")), library));
    }

    /// <summary>A using in a project file reaches every folder, and a package in a shared file every project.</summary>
    [Fact]
    public void Nothing_is_added_behind_the_rules()
    {
        foreach (ProjectRule rule in ProjectRule.All)
        {
            Assert.Empty(Items(rule.File, "Using"));
            Assert.Empty(Items(rule.File, "Compile"));
        }

        foreach (string shared in (string[])["../Directory.Build.props", "../Directory.Packages.props"])
        {
            Assert.Empty(Items(shared, "Using"));
            Assert.Empty(Items(shared, "PackageReference"));
            Assert.Empty(Items(shared, "GlobalPackageReference"));
        }
    }

    [Fact]
    public void Every_folder_has_a_place_in_the_order()
    {
        IEnumerable<string> listed = ProjectRule.All.SelectMany(rule =>
            rule.Folders.Select(folder => folder == "." ? rule.Name : $"{rule.Name}/{folder}"));
        Assert.Equal(listed.Order(), SourceReferences.Files.Select(SourceReferences.FolderOf).Distinct().Order());
    }

    [Fact]
    public void A_file_uses_only_folders_to_its_left()
    {
        List<SourceReference> wrong = SourceReferences.Find(ProjectRule.MayUse);
        string[] unknown =
        [
            .. wrong.Where(reference => !reference.Declared.Any(folder => IsException(reference.File, folder)))
                .Select(reference => (reference, folders: string.Join(", ", reference.Declared)))
                .Select(found =>
                    $"{found.reference.File}:{found.reference.Line} uses {found.reference.Name} of {found.folders}"),
        ];
        Assert.True(unknown.Length == 0, string.Join(Environment.NewLine, unknown));

        // An exception that nobody needs is deleted; these also show that references are found.
        IEnumerable<string> needed = wrong
            .SelectMany(reference => reference.Declared.Select(folder => $"{reference.File} uses {folder}"));
        IEnumerable<string> stated = ProjectRule.Exceptions
            .SelectMany(exception => exception.Value.Select(folder => $"{exception.Key} uses {folder}"));
        Assert.Empty(stated.Except(needed));
    }

    /// <summary>ILGPU compiles at run time, so a NativeAOT build must be able to exclude it.</summary>
    [Fact]
    public void Ilgpu_is_left_out_of_a_native_build()
    {
        IEnumerable<XElement> references = ProjectRule.All
            .SelectMany(rule => Load(rule.File).Descendants("ProjectReference"))
            .Where(reference => reference.Attribute("Include")!.Value.Contains("Ilgpu", StringComparison.Ordinal));
        Assert.Equal("'$(PublishAot)' != 'true'", Assert.Single(references).Parent!.Attribute("Condition")?.Value);
    }

    private static bool IsException(string file, string folder) =>
        ProjectRule.Exceptions.TryGetValue(file, out string[]? folders) && folders.Contains(folder);

    private static IEnumerable<string> Items(string project, string kind) =>
        Load(project).Descendants(kind)
            .Select(item => (string?)item.Attribute("Include"))
            .OfType<string>()
            .Select(include => include.Replace('\\', '/'));

    private static XDocument Load(string project) => XDocument.Load(Path.Combine(SourceReferences.Source, project));
}
