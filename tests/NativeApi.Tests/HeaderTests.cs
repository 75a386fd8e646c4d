using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using InfAdmm.Engine.Tests;
using InfAdmm.Imaging.Restoration;

namespace InfAdmm.NativeApi.Tests;

/// <summary>infadmm.h states what the library exports.</summary>
public sealed partial class HeaderTests
{
    private static readonly string Header = File.ReadAllText(
        Path.Combine(RepositoryRoot.Path, "src", "NativeApi", "include", "infadmm.h"));

    /// <summary>Catches a status or a format with another number or name than in the header.</summary>
    [Fact]
    public void The_constants_are_those_of_the_header()
    {
        Dictionary<string, int> stated = Constant().Matches(Header).ToDictionary(
            match => match.Groups[1].Value.Replace("_", ""),
            match => int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture));
        var expected = Enum.GetValues<Status>().ToDictionary(status => status.ToString().ToUpperInvariant(), status => (int)status);
        foreach (PixelFormat format in Enum.GetValues<PixelFormat>())
        {
            expected[format.ToString().ToUpperInvariant()] = (int)format;
        }

        // Only the library that chooses the build can fail to load it.
        expected["NOTLOADED"] = 8;
        Assert.Equal(expected.OrderBy(pair => pair.Key), stated.OrderBy(pair => pair.Key));
    }

    /// <summary>Catches a function that is not exported, has another name, or has other parameters than in the header.</summary>
    [Fact]
    public void The_functions_are_those_of_the_header()
    {
        IEnumerable<string> stated = Function().Matches(Header).Select(match =>
        {
            string parameters = match.Groups[3].Value;
            IEnumerable<string> types = parameters == "void" ? [] : parameters.Split(',').Select(Kind);
            return $"{Kind(match.Groups[1].Value + " x")} {match.Groups[2].Value}({string.Join(", ", types)})";
        });
        IEnumerable<string> exported =
            from method in typeof(Exports).GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            let name = method.GetCustomAttribute<UnmanagedCallersOnlyAttribute>()?.EntryPoint
            where name is not null
            select $"{Kind(method.ReturnType)} {name}(" +
                $"{string.Join(", ", method.GetParameters().Select(parameter => Kind(parameter.ParameterType)))})";
        Assert.Equal(stated.Order(), exported.Order());
    }

    /// <summary>The machine type of a declaration in C: the type and a name.</summary>
    private static string Kind(string declaration)
    {
        string type = declaration.Trim();
        return type.Contains('*', StringComparison.Ordinal) ? "pointer"
            : type.StartsWith("infadmm_handle ", StringComparison.Ordinal) ? "64 bits"
            : type.StartsWith("size_t ", StringComparison.Ordinal) ? "size"
            : "32 bits";
    }

    private static string Kind(Type type) =>
        type.IsPointer ? "pointer"
        : type == typeof(ulong) ? "64 bits"
        : type == typeof(nuint) ? "size"
        : type == typeof(int) || (type.IsEnum && Enum.GetUnderlyingType(type) == typeof(int)) ? "32 bits"
        : type.Name;

    [GeneratedRegex(@"^    INFADMM_(\w+) = (\d+)", RegexOptions.Multiline)]
    private static partial Regex Constant();

    [GeneratedRegex(@"^(const char \*|infadmm_status )(infadmm_\w+)\(([^)]*)\);", RegexOptions.Multiline)]
    private static partial Regex Function();
}
