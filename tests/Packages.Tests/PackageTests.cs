using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using InfAdmm.Engine.Tests;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Packages.Tests;

/// <summary>The packages, packed once, as their users get them: from a folder, with no other sources.</summary>
public sealed partial class PackageTests(PackedFeed feed) : IClassFixture<PackedFeed>
{
    private static readonly string[] Usings =
    [
        "InfAdmm.Engine", "InfAdmm.Kernels.Cpu", "InfAdmm.Kernels.Cuda", "InfAdmm.Solvers", "InfAdmm.Solvers.Operators",
        "InfAdmm.Solvers.Proximal", "InfAdmm.Solvers.ZUpdate",
    ];

    /// <summary>Catches a package without an assembly, its documentation, symbols, licence, readme or icon.</summary>
    [Theory]
    [InlineData("InfAdmm", "Engine", "Storage", "Kernels.Cpu", "Kernels.Cuda", "Nn", "Solvers")]
    [InlineData("InfAdmm.Imaging", "Imaging")]
    [InlineData("InfAdmm.Ilgpu", "Kernels.Ilgpu")]
    public void Packages_are_complete(string package, params string[] assemblies)
    {
        using ZipArchive files = ZipFile.OpenRead(feed.FileOf(package));
        string[] names = [.. files.Entries.Select(entry => entry.FullName)];
        string[] expected = [.. assemblies.Order(StringComparer.Ordinal).Select(name => $"lib/net10.0/InfAdmm.{name}")];
        Assert.Equal(
            expected.SelectMany(name => new[] { name + ".dll", name + ".xml" }).Order(StringComparer.Ordinal),
            names.Where(name => name.StartsWith("lib/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        foreach (ZipArchiveEntry assembly in files.Entries.Where(entry => entry.Name.EndsWith(".dll", StringComparison.Ordinal)))
        {
            using var contents = new MemoryStream();
            using (Stream stream = assembly.Open())
            {
                stream.CopyTo(contents);
            }

            using var reader = new PEReader([.. contents.ToArray()]);
            Assert.Contains(
                reader.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        }

        XElement metadata = Metadata(files);
        Assert.Contains("README.md", names);
        Assert.Contains("icon.png", names);
        Assert.Equal("MIT", Value(metadata, "license"));
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.Equal("icon.png", Value(metadata, "icon"));
        Assert.NotEqual("Package Description", Value(metadata, "description"));
        Assert.DoesNotContain(
            metadata.Descendants().Where(node => node.Name.LocalName == "dependency").Select(node => node.Attribute("id")!.Value),
            id => id.StartsWith("InfAdmm.", StringComparison.Ordinal));
    }

    /// <summary>Catches libraries of all systems, or weights, that come back into the packages.</summary>
    [Fact]
    public void Packages_are_small()
    {
        string[] libraries = ["InfAdmm", "InfAdmm.Imaging", "InfAdmm.Ilgpu"];
        Assert.InRange(libraries.Sum(package => new FileInfo(feed.FileOf(package)).Length), 5e6, 15e6);
        Assert.InRange(new FileInfo(feed.FileOf("InfAdmm.Tool")).Length, 20e6, 55e6);
    }

    /// <summary>
    /// Catches a package that lacks a dependency or the weights, and a sample in its readme that is not up to date: the
    /// sample is the program that is built and run.
    /// </summary>
    [Theory]
    [InlineData("InfAdmm", "float[] measured = new float[3 * 64 * 64];")]
    [InlineData("InfAdmm.Imaging", "", "InfAdmm.Imaging.Files", "InfAdmm.Imaging.Restoration")]
    [InlineData("InfAdmm.Ilgpu", "", "InfAdmm.Kernels.Ilgpu")]
    public void The_sample_of_a_package_runs(string package, string before, params string[] usings)
    {
        using var directory = new TemporaryDirectory();
        string readme = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "packages", package, "README.md"));
        var program = new StringBuilder();
        foreach (string name in Usings.Where(name => package != "InfAdmm.Ilgpu" || !name.Contains("Kernels.C")).Concat(usings))
        {
            program.AppendLine($"using {name};");
        }

        program.AppendLine(before).Append(CodePattern().Match(readme).Groups[1].Value);
        File.WriteAllText(directory.File("Program.cs"), program.ToString());
        File.WriteAllText(directory.File("consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{package}" Version="{feed.Version}" />
              </ItemGroup>
            </Project>
            """);
        feed.WriteSources(directory);
        File.WriteAllBytes(directory.File("small.png"), Drawn());
        Commands.Run(directory.Path, "dotnet", "run", "-c", "Release");
        if (package == "InfAdmm.Imaging")
        {
            Assert.Equal((32, 24), SizeOf(directory.File("large.png")));
        }
    }

    /// <summary>Catches a command that cannot be installed, or that lacks a file when it runs.</summary>
    [Fact]
    public void The_command_is_installed_and_restores()
    {
        using var directory = new TemporaryDirectory();
        feed.WriteSources(directory);
        File.WriteAllBytes(directory.File("photo.png"), Drawn());
        Commands.Run(
            directory.Path, "dotnet", "tool", "install", "InfAdmm.Tool", "--version", feed.Version, "--tool-path", "tools",
            "--configfile", "nuget.config");
        string command = directory.File(Path.Combine("tools", "infadmm"));
        Commands.Run(directory.Path, command, "restore", "photo.png", "--task", "sr4", "--out", "out");
        Assert.Equal((32, 24), SizeOf(directory.File(Path.Combine("out", "photo.png"))));
        Assert.Contains(feed.Version, Commands.Run(directory.Path, command, "--version"));
    }

    private static XElement Metadata(ZipArchive files)
    {
        using Stream stream = files.Entries.Single(entry => entry.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(stream).Root!.Elements().Single(node => node.Name.LocalName == "metadata");
    }

    private static string Value(XElement metadata, string name) =>
        metadata.Elements().Single(node => node.Name.LocalName == name).Value;

    private static byte[] Drawn() =>
        PngWriter.Write16(8, 6, 2, 3, (row, column, channel) => (ushort)(6000 * row + 2000 * column + 500 * channel));

    private static (int Width, int Height) SizeOf(string png)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(png);
        return (Read(bytes[16..]), Read(bytes[20..]));

        static int Read(ReadOnlySpan<byte> bytes) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodePattern();
}
