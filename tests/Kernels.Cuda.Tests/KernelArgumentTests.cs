using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace InfAdmm.Kernels.Cuda.Tests;

/// <summary>The C# argument structs, compared with the parameters that the PTX declares. Needs no GPU.</summary>
public sealed partial class KernelArgumentTests
{
    private static readonly Assembly Backend = typeof(CudaDevice).Assembly;

    public static TheoryData<string> Kernels => [.. Declared().Keys.Order(StringComparer.Ordinal)];

    /// <summary>Every kernel has a C# struct of the size of its parameter.</summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_kernel_reads_as_many_bytes_as_its_twin_has(string kernel)
    {
        Type type = Assert.Single(Twins(), pair => pair.Kernels.Contains(kernel)).Type;
        Assert.Equal(Declared()[kernel], Marshal.SizeOf(type));
    }

    [Fact]
    public void Every_twin_names_kernels_that_exist()
    {
        string[] named = [.. Twins().SelectMany(pair => pair.Kernels)];
        Assert.Empty(named.Except(Declared().Keys));
        Assert.Equal(named.Length, named.Distinct().Count());
    }

    private static IEnumerable<(Type Type, IReadOnlyList<string> Kernels)> Twins() =>
        from type in Backend.GetTypes()
        let attribute = type.GetCustomAttribute<KernelArgumentsAttribute>()
        where attribute is not null
        select (type, attribute.Kernels);

    /// <summary>The entry points of the embedded PTX and the size of their parameter in bytes.</summary>
    private static Dictionary<string, int> Declared()
    {
        var declared = new Dictionary<string, int>();
        foreach (string name in Backend.GetManifestResourceNames()
            .Where(n => n.EndsWith(".ptx", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(Backend.GetManifestResourceStream(name)!);
            foreach (Match entry in EntryPattern().Matches(reader.ReadToEnd()))
            {
                string kernel = entry.Groups["name"].Value;
                declared.Add(kernel, int.Parse(entry.Groups["bytes"].Value, CultureInfo.InvariantCulture));
            }
        }

        return declared;
    }

    [GeneratedRegex(@"\.entry (?<name>\w+)\(\s*\.param \.align \d+ \.b8 \w+\[(?<bytes>\d+)\]\s*\)")]
    private static partial Regex EntryPattern();
}
