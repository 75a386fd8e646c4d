using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Options;

namespace InfAdmm.Cli;

/// <summary>The options that every command has.</summary>
internal sealed class CommonOptions(OptionBinder options)
{
    /// <summary>Where to compute: auto, cpu, cuda, ilgpu[:cpu|:cuda|:opencl[:n]].</summary>
    public string Device { get; } = options.WithDefault(OptionFactory.Text("--device", "WHERE",
        "Where to compute: auto, cpu, cuda, ilgpu[:cpu|:cuda|:opencl[:n]]. auto is the fastest that works.",
        DeviceChoice.CheckName), DeviceChoice.Auto);

    /// <summary>fp32, tf32 or fp16.</summary>
    public string Precision { get; } = options.WithDefault(OptionFactory.Choice("--precision",
        "Arithmetic of convolutions and products; all but fp32 need CUDA.", "fp32", "tf32", "fp16"), "fp32");

    /// <summary>Host threads; 0 for one a core.</summary>
    public int Threads { get; } = options.WithDefault(OptionFactory.Integer("--threads", "N",
        "Host threads; 0 is one a core.", minimum: 0, maximum: 1024), 0);

    /// <summary>Seed of all noise.</summary>
    public ulong Seed { get; } = options.WithDefault(OptionFactory.Seed("--seed", "N",
        "Seed of all noise: same seed, same device, same result."), 0UL);

    /// <summary>Where the report goes, "-" for stdout; null for nowhere.</summary>
    public string? Json { get; } = options.Optional(OptionFactory.Text("--json", "FILE",
        "Writes the report as JSON; '-' for stdout, and then nothing else goes there."));

    /// <summary>The directory of figures and tables; null for none.</summary>
    public string? Out { get; } = options.Optional(OptionFactory.Text("--out", "DIR",
        "Writes figures and tables there; made if missing."));

    /// <summary>No notes and no progress.</summary>
    public bool Quiet { get; } = options.Flag("--quiet", "No notes and no progress: only results and errors.", "-q");
}
