using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Options;

namespace InfAdmm.Cli;

/// <summary>The options that every command has.</summary>
internal sealed class CommonOptions(OptionBinder options)
{
    /// <summary>The device: auto, cpu, cuda, or ilgpu[:cpu|:cuda|:opencl[:n]].</summary>
    public string Device { get; } = options.WithDefault(OptionFactory.Text("--device", "WHERE",
        "The device: auto, cpu, cuda, or ilgpu[:cpu|:cuda|:opencl[:n]]. auto is the fastest available.",
        DeviceChoice.CheckName), DeviceChoice.Auto);

    /// <summary>The arithmetic precision: fp32, tf32 or fp16.</summary>
    public string Precision { get; } = options.WithDefault(OptionFactory.Choice("--precision",
        "Precision of convolutions and matrix products; tf32 and fp16 need CUDA.", "fp32", "tf32", "fp16"), "fp32");

    /// <summary>The number of host threads; 0 for one per core.</summary>
    public int Threads { get; } = options.WithDefault(OptionFactory.Integer("--threads", "N",
        "Number of host threads; 0 means one per core.", minimum: 0, maximum: 1024), 0);

    /// <summary>The seed of the random numbers.</summary>
    public ulong Seed { get; } = options.WithDefault(OptionFactory.Seed("--seed", "N",
        "Seed of the random numbers: the same seed on the same device gives the same result."), 0UL);

    /// <summary>The path of the JSON report; "-" for stdout, null for no report.</summary>
    public string? Json { get; } = options.Optional(OptionFactory.Output("--json", "FILE",
        "Writes the report as JSON; '-' writes it, and nothing else, to stdout."));

    /// <summary>The directory for figures and tables; null for none.</summary>
    public string? Out { get; } = options.Optional(OptionFactory.Output("--out", "DIR",
        "The directory for figures, tables and other results; created if missing."));

    /// <summary>Whether notes and progress are suppressed.</summary>
    public bool Quiet { get; } = options.Flag("--quiet", "No notes and no progress: only results and errors.", "-q");
}
