using System.CommandLine;
using System.Globalization;
using InfAdmm.Cli.Options;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Peers;

/// <summary>The options of the benchmark.</summary>
internal sealed class PeersOptions(OptionBinder options)
{
    private readonly string _width = options.WithDefault(
        OptionFactory.Choice("--width", "Vector width of our backend, in bits.", Widths), Widths[^1]);

    /// <summary>The JSON file to write; null for none.</summary>
    public string? Json { get; } = options.Optional(OptionFactory.Text("--json", "FILE",
        "Writes the results as JSON.",
        file => Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && Directory.Exists(folder)
            ? null
            : "must be in an existing folder"));

    /// <summary>Prefixes of the row names to measure; empty for all.</summary>
    public IReadOnlyList<string> Only { get; } = options.Optional(new Option<string[]>("--only")
    {
        Description = "Measures only rows whose name starts with this prefix; may be given more than once.",
        HelpName = "PREFIX",
        Arity = ArgumentArity.OneOrMore,
    }) ?? [];

    /// <summary>The number of measured blocks per side.</summary>
    public int Rounds { get; } = options.WithDefault(
        OptionFactory.Integer("--rounds", "N", "Number of measured blocks per side.", minimum: 1), 15);

    /// <summary>The number of threads per side.</summary>
    public int Threads { get; } = options.WithDefault(
        OptionFactory.Integer("--threads", "N", "Number of threads per side.", minimum: 1),
        Math.Min(2, Environment.ProcessorCount));

    /// <summary>Whether to time single runs too.</summary>
    public bool Latency { get; } = options.Flag("--latency", "Times 1,000 single runs of cpsdae-256-b1 too.");

    /// <summary>Whether to compare with double precision too.</summary>
    public bool Accuracy { get; } = options.Flag("--accuracy", "Compares networks with double precision too.");

    /// <summary>The vector width of our device.</summary>
    public SimdWidth Width => (SimdWidth)int.Parse(_width, CultureInfo.InvariantCulture);

    private static string[] Widths { get; } =
    [
        .. Enum.GetValues<SimdWidth>().Where(width => width > SimdWidth.Scalar && width <= CpuDevice.WidestWidth)
            .Select(width => ((int)width).ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>Whether a row is to be measured.</summary>
    public bool Includes(string id) =>
        Only.Count == 0 || Only.Any(prefix => id.StartsWith(prefix, StringComparison.Ordinal));
}
