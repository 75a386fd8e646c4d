using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace InfAdmm.Engine.Tests;

/// <summary>A name in a source file and the folders, below src, of the files that declare what it means.</summary>
internal sealed record SourceReference(string File, int Line, string Name, IReadOnlyList<string> Declared);

/// <summary>
/// Resolves the names in src as the compiler does, so that every form of a reference is found: imported, qualified,
/// relative, an alias, a member of a partial class. What packages and source generators declare stays unresolved.
/// </summary>
internal static class SourceReferences
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions Language = new(LanguageVersion.Preview);

    /// <summary>The .cs files below src, as paths relative to it.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Source, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/") && !file.Contains("/bin/"))
            .Order(StringComparer.Ordinal),
    ];

    public static string Source => Path.Combine(RepositoryRoot.Path, "src");

    public static string FolderOf(string file) => Path.GetDirectoryName(file)!.Replace('\\', '/');

    /// <summary>
    /// The references to what only folders declare that the file's own folder, the first argument of
    /// <paramref name="mayUse"/>, may not use.
    /// </summary>
    public static List<SourceReference> Find(Func<string, string, bool> mayUse)
    {
        SyntaxTree[] trees =
        [
            .. Files.Select(file => CSharpSyntaxTree.ParseText(
                File.ReadAllText(Path.Combine(Source, file)), Language, file)),
        ];
        ILookup<string, string> declared = trees
            .SelectMany(tree => DeclaredNames(tree.GetRoot()).Select(name => (name, folder: FolderOf(tree.FilePath))))
            .Distinct()
            .ToLookup(pair => pair.folder, pair => pair.name);

        // Only these names are resolved, which is the slow part.
        Dictionary<string, HashSet<string>> suspects = declared.ToDictionary(
            folder => folder.Key,
            folder => declared.Where(other => !mayUse(folder.Key, other.Key)).SelectMany(other => other).ToHashSet());
        string runtime = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        var compilation = CSharpCompilation.Create(
            "src",
            [.. trees, CSharpSyntaxTree.ParseText(ImplicitUsings, Language)],
            runtime.Split(Path.PathSeparator)
                .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
                .Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true));
        return
        [
            .. trees.AsParallel().AsOrdered().SelectMany(tree =>
            {
                string folder = FolderOf(tree.FilePath);
                SemanticModel model = compilation.GetSemanticModel(tree);
                return tree.GetRoot().DescendantNodes()
                    .OfType<SimpleNameSyntax>()
                    .Where(name => suspects[folder].Contains(name.Identifier.ValueText))
                    .Select(name => Resolve(model, name))
                    .Where(reference => reference.Declared.Count > 0)
                    .Where(reference => !reference.Declared.Any(other => mayUse(folder, other)))
                    .ToArray();
            }),
        ];
    }

    private static IEnumerable<string> DeclaredNames(SyntaxNode root) =>
        root.DescendantNodes().SelectMany(node => node switch
        {
            BaseTypeDeclarationSyntax type => [type.Identifier.ValueText],
            DelegateDeclarationSyntax type => [type.Identifier.ValueText],
            MethodDeclarationSyntax method => [method.Identifier.ValueText],
            PropertyDeclarationSyntax property => [property.Identifier.ValueText],
            FieldDeclarationSyntax field => field.Declaration.Variables.Select(one => one.Identifier.ValueText),
            BaseNamespaceDeclarationSyntax name => name.Name.ToString().Split('.'),
            _ => Enumerable.Empty<string>(),
        });

    private static SourceReference Resolve(SemanticModel model, SimpleNameSyntax name)
    {
        SymbolInfo found = model.GetSymbolInfo(name);
        IEnumerable<ISymbol> meanings = found.Symbol is { } one ? [one] : found.CandidateSymbols;
        return new SourceReference(
            model.SyntaxTree.FilePath,
            name.GetLocation().GetLineSpan().StartLinePosition.Line + 1,
            name.Identifier.ValueText,
            [
                .. meanings.SelectMany(meaning => meaning.Locations)
                    .Where(location => location.IsInSource)
                    .Select(location => FolderOf(location.SourceTree!.FilePath))
                    .Distinct(),
            ]);
    }
}
