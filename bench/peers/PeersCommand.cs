using System.CommandLine;
using System.Globalization;
using InfAdmm.Cli.Options;
using InfAdmm.Kernels.Cpu;

namespace InfAdmm.Bench.Peers;

/// <summary>Declares the command line.</summary>
internal static class PeersCommand
{
    private const int DefaultRounds = 15;

    /// <summary>Builds the command.</summary>
    /// <param name="run">Runs it and returns the exit code.</param>
    public static RootCommand Create(Func<PeersOptions, int> run)
    {
        Option<string> json = OptionFactory.Text(
            "--json", "FILE", "Writes the results there.",
            file => Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder && Directory.Exists(folder)
                ? null
                : "must be in a folder that is there");
        Option<string[]> only = new("--only")
        {
            Description = "Measures the rows whose names start so; may be given more than once.",
            HelpName = "PREFIX",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<int?> rounds = OptionFactory.Integer(
            "--rounds", "N", "How many blocks of runs each side gets.", minimum: 1).WithDefault(DefaultRounds);
        Option<int?> threads = OptionFactory.Integer("--threads", "N", "Threads of each side.", minimum: 1)
            .WithDefault(Math.Min(2, Environment.ProcessorCount));
        string[] widths =
        [
            .. Enum.GetValues<SimdWidth>().Where(width => width > SimdWidth.Scalar && width <= CpuDevice.WidestWidth)
                .Select(width => ((int)width).ToString(CultureInfo.InvariantCulture)),
        ];
        Option<string> width = OptionFactory.Choice("--width", "Bits of our vectors.", widths).WithDefault(widths[^1]);
        Option<bool> latency = new("--latency") { Description = "Times 1,000 single runs of cpsdae-256-b1 too." };
        Option<bool> accuracy = new("--accuracy") { Description = "Compares networks with double precision too." };
        var command = new RootCommand("Inference against ONNX Runtime, training against PyTorch, on this machine.")
        {
            json, only, rounds, threads, width, latency, accuracy,
        };
        command.SetAction(parsed => run(new PeersOptions(
            parsed.GetValue(json),
            parsed.GetValue(only) ?? [],
            parsed.GetRequiredValue(rounds)!.Value,
            parsed.GetRequiredValue(threads)!.Value,
            (SimdWidth)int.Parse(parsed.GetRequiredValue(width), CultureInfo.InvariantCulture),
            parsed.GetValue(latency),
            parsed.GetValue(accuracy))));
        return command;
    }
}
