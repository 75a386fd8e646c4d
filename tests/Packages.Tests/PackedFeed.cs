using InfAdmm.Engine.Tests;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Packages.Tests;

/// <summary>All packages, in a folder of their own.</summary>
public sealed class PackedFeed : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public PackedFeed()
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string root = RepositoryRoot.Path;
        string[] projects =
        [
            .. Directory.EnumerateFiles(Path.Combine(root, "packages"), "*.csproj", SearchOption.AllDirectories),
            Path.Combine(root, "src", "Cli", "InfAdmm.Cli.csproj"),
        ];
        foreach (string project in projects)
        {
            Commands.Run(root, "dotnet", "pack", project, "-c", configuration, "--no-build", "-o", _directory.Path);
        }
    }

    /// <summary>The version of all packages.</summary>
    public string Version
    {
        get
        {
            const string Prefix = "InfAdmm.Imaging.";
            string name = Directory.EnumerateFiles(_directory.Path, $"{Prefix}*.nupkg").Select(Path.GetFileNameWithoutExtension).Single()!;
            return name[Prefix.Length..];
        }
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>The file of a package.</summary>
    public string FileOf(string package) => _directory.File($"{package}.{Version}.nupkg");

    /// <summary>
    /// Writes the settings of a consumer: the packages come from here, and what they depend on from where this build got
    /// it.
    /// </summary>
    internal void WriteSources(TemporaryDirectory consumer)
    {
        string known = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        File.WriteAllText(consumer.File("nuget.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /><add key="packed" value="{_directory.Path}" /></packageSources>
              <fallbackPackageFolders><clear /><add key="known" value="{known}" /></fallbackPackageFolders>
            </configuration>
            """);
    }
}
