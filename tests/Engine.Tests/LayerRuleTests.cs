using System.Xml.Linq;

namespace InfAdmm.Engine.Tests;

/// <summary>Dependencies point left only: Engine ← Kernels, Engine ← Storage ← Nn ← Solvers ← Imaging ← Cli.</summary>
public sealed class LayerRuleTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Engine"] = [],
        ["Kernels"] = ["Engine"],
        ["Storage"] = ["Engine"],
        ["Nn"] = ["Engine", "Storage"],
        ["Solvers"] = ["Engine", "Storage", "Nn"],
        ["Imaging"] = ["Engine", "Storage", "Nn", "Solvers"],
        ["Cli"] = ["Engine", "Storage", "Nn", "Solvers", "Imaging", "Kernels"],
    };

    /// <summary>The folders of each project that has several; each may use only those before it.</summary>
    private static readonly Dictionary<string, string[]> Folders = new()
    {
        ["Kernels/Cuda"] = ["Interop", "Convolutions", "Inference"],
        ["Nn"] = ["Autograd", "Layers", "Optimizers", "Weights", "Networks"],
        ["Solvers"] = ["Operators", "Proximal", "Inverse", "ZUpdate", "Laplace"],
        ["Imaging"] = ["Metrics", "Files", "Datasets", "Tasks", "Priors", "Restoration", "Evaluation"],
        ["Cli"] =
        [
            "Terminal", "Options", "Devices", "Figures", "Laplace", "Explain", "TrainInverse", "TrainPrior", "Evaluate",
            "Degrade", "Restore",
        ],
    };

    public static TheoryData<string> LayeredProjects => [.. Folders.Keys];

    public static TheoryData<string> Projects
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (string file in Directory.EnumerateFiles(Source, "*.csproj", SearchOption.AllDirectories).Order())
            {
                data.Add(Path.GetRelativePath(Source, file).Replace('\\', '/'));
            }

            return data;
        }
    }

    private static string Source => Path.Combine(RepositoryRoot.Path, "src");

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_refers_only_to_the_layers_it_may(string project)
    {
        string layer = LayerOf(project);
        Assert.Contains(layer, Allowed.Keys);
        foreach (string reference in Items(project, "ProjectReference"))
        {
            string target = Path.GetFullPath(Path.Combine(Source, Path.GetDirectoryName(project)!, reference));
            string targetLayer = LayerOf(Path.GetRelativePath(Source, target).Replace('\\', '/'));
            Assert.True(
                Allowed[layer].Contains(targetLayer),
                $"{project} refers to {reference}, but {layer} may refer only to: {string.Join(", ", Allowed[layer])}");
        }
    }

    [Theory]
    [MemberData(nameof(LayeredProjects))]
    public void A_folder_uses_only_those_to_its_left(string project)
    {
        string[] order = Folders[project];
        string root = Path.Combine(Source, project);
        string prefix = $"using InfAdmm.{project.Replace('/', '.')}.";
        var wrong = new List<string>();
        for (int place = 0; place < order.Length; place++)
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(root, order[place]), "*.cs"))
            {
                IEnumerable<string> used = File.ReadLines(file)
                    .Where(line => line.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(line => line[prefix.Length..].TrimEnd(';').Split('.')[0]);
                wrong.AddRange(used
                    .Where(folder => Array.IndexOf(order, folder) is var other && (other < 0 || other > place))
                    .Select(folder => $"{Path.GetRelativePath(root, file)} uses {folder}"));
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_folder_has_a_place_in_the_order()
    {
        foreach ((string project, string[] order) in Folders)
        {
            string[] found =
            [
                .. Directory.EnumerateDirectories(Path.Combine(Source, project))
                    .Where(path => Directory.EnumerateFiles(path, "*.cs").Any())
                    .Select(path => Path.GetFileName(path)),
            ];
            Assert.Equal(order.Order(), found.Order());
        }
    }

    [Fact]
    public void All_layers_are_looked_at()
    {
        IEnumerable<string> found = Projects.Select(row => LayerOf(row.Data)).Distinct().Order();
        Assert.Equal(Allowed.Keys.Order(), found);
    }

    /// <summary>ILGPU compiles at run time, so a NativeAOT build must be able to exclude it.</summary>
    [Fact]
    public void Ilgpu_is_known_to_its_project_alone_and_left_out_of_a_native_build()
    {
        const string Ilgpu = "Kernels/Ilgpu/InfAdmm.Kernels.Ilgpu.csproj";
        foreach (string project in Projects.Select(row => row.Data))
        {
            Assert.Equal(project == Ilgpu, Items(project, "PackageReference").Contains("ILGPU"));
        }

        IEnumerable<XElement> references = Projects.SelectMany(row =>
            XDocument.Load(Path.Combine(Source, row.Data)).Descendants("ProjectReference"))
            .Where(reference => reference.Attribute("Include")!.Value.Contains("Ilgpu", StringComparison.Ordinal));
        Assert.Equal("'$(PublishAot)' != 'true'", Assert.Single(references).Parent!.Attribute("Condition")?.Value);
    }

    [Fact]
    public void The_engine_needs_no_package()
    {
        Assert.Empty(Items("Engine/InfAdmm.Engine.csproj", "PackageReference"));
    }

    private static string LayerOf(string project) => project.Split('/')[0];

    private static IEnumerable<string> Items(string project, string kind)
    {
        return XDocument.Load(Path.Combine(Source, project))
            .Descendants(kind)
            .Select(item => (string?)item.Attribute("Include"))
            .OfType<string>()
            .Select(include => include.Replace('\\', '/'));
    }
}
