using System.CommandLine;
using InfAdmm.Cli.Devices;
using InfAdmm.Cli.Options;

namespace InfAdmm.Cli;

/// <summary>Declares and reads <see cref="CommonOptions"/>.</summary>
internal sealed class CommonOptionSet
{
    private readonly Option<string> _device = OptionFactory.Text("--device", "WHERE",
        "Where to compute: auto, cpu, cuda, ilgpu[:cpu|:cuda|:opencl[:n]]. auto is the fastest that works.",
        DeviceChoice.CheckName).WithDefault(DeviceChoice.Auto);

    private readonly Option<string> _precision = OptionFactory.Choice("--precision",
        "Arithmetic of convolutions and products; all but fp32 need CUDA.", "fp32", "tf32", "fp16")
        .WithDefault("fp32");

    private readonly Option<int?> _threads = OptionFactory.Integer("--threads", "N",
        "Host threads; 0 is one a core.", minimum: 0, maximum: 1024).WithDefault(0);

    private readonly Option<ulong?> _seed = OptionFactory.Seed("--seed", "N",
        "Seed of all noise: same seed, same device, same result.").WithDefault(0UL);

    private readonly Option<string> _json = OptionFactory.Text("--json", "FILE",
        "Writes the report as JSON; '-' for stdout, and then nothing else goes there.");

    private readonly Option<string> _out = OptionFactory.Text("--out", "DIR",
        "Writes figures and tables there; made if missing.");

    private readonly Option<bool> _quiet = new("--quiet", "-q")
    {
        Description = "No notes and no progress: only results and errors.",
    };

    /// <summary>Gives the options to the root and so to every command.</summary>
    public void AddTo(RootCommand root)
    {
        foreach (Option option in new Option[] { _device, _precision, _threads, _seed, _json, _out, _quiet })
        {
            option.Recursive = true;
            root.Add(option);
        }
    }

    /// <summary>The values that were typed, defaults for the others.</summary>
    public CommonOptions Read(ParseResult parsed) => new(
        parsed.GetRequiredValue(_device),
        parsed.GetRequiredValue(_precision),
        parsed.GetRequiredValue(_threads)!.Value,
        parsed.GetRequiredValue(_seed)!.Value,
        parsed.GetValue(_json),
        parsed.GetValue(_out),
        parsed.GetValue(_quiet));
}
