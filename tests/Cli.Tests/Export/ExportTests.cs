using System.Text.Json;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary><c>export</c>: models that ONNX Runtime loads, and errors that name the option.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _prior;
    private readonly string _denoiser;
    private readonly string _inverse;
    private readonly string _several;
    private readonly string _filters;

    public ExportTests()
    {
        TrainedInverses inverses = ShippedWeights.Inverses();
        _prior = _directory.File("prior.safetensors");
        _denoiser = _directory.File("denoiser.safetensors");
        _inverse = _directory.File("inverse.safetensors");
        _several = _directory.File("several.safetensors");
        _filters = _directory.File("filters.safetensors");
        ShippedWeights.Prior("sr4").Save(_prior);
        ShippedWeights.Denoiser(ImageTasks.SuperResolution).Save(_denoiser);
        inverses.Networks.Single(inverse => inverse.Problem.Kernel.Name == "gaussian:3:1").Save(_inverse);
        InverseSet.Save(
            _several, [.. inverses.Networks.Where(inverse =>
                inverse.Problem.Kernel.Name == "gaussian:9:1.5" && inverse.Architecture == InverseArchitecture.Linear)]);
        inverses.Filters[0].Save(_filters);
    }

    private string Model => _directory.File("model.onnx");

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches models that do not load, and reports and metadata that disagree with the file.</summary>
    [Theory]
    [InlineData("--weights PRIOR", "v,y,level", "x", "sr4")]
    [InlineData("--weights PRIOR --size 32", "v,y,level", "x", "sr4")]
    [InlineData("--weights PRIOR --step 1", "v,y,level", "x", "sr4")]
    [InlineData("--weights DENOISER", "v,level", "x", "any")]
    [InlineData("--weights INVERSE --size 16", "e", "w", null)]
    [InlineData("--weights SEVERAL --rho 0.0003", "e", "w", null)]
    [InlineData("--weights INVERSE --iteration", "z,w,y,tau", "x,z_next,w_next", null)]
    [InlineData("--weights SEVERAL --iteration --rho 1 --size 64", "z,w,y,tau", "x,z_next,w_next", null)]
    [InlineData("--weights INVERSE --iteration --kernel gaussian:3:1 --stride 4 --rho 0.0025 --size 32 --prior PRIOR",
        "z,w,y,level", "x,z_next,w_next", "sr4")]
    [InlineData("--weights INVERSE --iteration --task sr4", "z,w,y,tau", "x,z_next,w_next", null)]
    [InlineData("--weights INVERSE --iteration --prior DENOISER", "z,w,y,level", "x,z_next,w_next", "any")]
    [InlineData("--weights INVERSE --iteration --prior DENOISER --task sr4", "z,w,y,level", "x,z_next,w_next", "any")]
    public void Models_are_written(string options, string inputs, string outputs, string? task)
    {
        CommandLine run = Run(options, "--json", _directory.File("report.json"));

        Assert.Equal(ExitCode.Done, run.ExitCode);
        byte[] bytes = File.ReadAllBytes(Model);
        using var session = new OnnxSession(bytes);
        Assert.Equal(inputs, string.Join(',', session.Inputs));
        using var report = JsonDocument.Parse(File.ReadAllText(_directory.File("report.json")));
        JsonElement root = report.RootElement;
        Assert.Equal(bytes.Length, root.GetProperty("bytes").GetInt32());
        Assert.Equal(inputs, Names(root.GetProperty("inputs")));
        Assert.Equal(outputs, Names(root.GetProperty("outputs")));
        Assert.Equal(task, session.Metadata.GetValueOrDefault("task"));
        Assert.Equal(
            session.Metadata.ToDictionary(),
            root.GetProperty("metadata").EnumerateObject()
                .ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!));
        Assert.Contains(Model, run.Out);

        static string Names(JsonElement values) =>
            string.Join(',', values.EnumerateArray().Select(value => value.GetProperty("name").GetString()));
    }

    /// <summary>
    /// Catches a wrong kind of file, options that do not belong together, and a model of another operator than was
    /// asked for; and a file that is left behind.
    /// </summary>
    [Theory]
    [InlineData("--weights FILTERS", "--weights", "architecture")]
    [InlineData("--weights FILTERS --iteration", "--weights", "architecture")]
    [InlineData("--weights TEXT", "--weights", "safetensors")]
    [InlineData("--weights NONE", "--weights", "none.safetensors")]
    [InlineData("--weights PRIOR --iteration", "--weights", "--prior")]
    [InlineData("--weights INVERSE --iteration --prior INVERSE", "--prior", "trained prior")]
    [InlineData("--weights INVERSE --prior PRIOR", "--prior", "--iteration")]
    [InlineData("--weights INVERSE --kernel gaussian:3:1", "--kernel", "--iteration")]
    [InlineData("--weights INVERSE --stride 4", "--stride", "--iteration")]
    [InlineData("--weights INVERSE --task sr4", "--task", "--iteration")]
    [InlineData("--weights INVERSE --iteration --task sr4 --stride 4", "--task", "--stride")]
    [InlineData("--weights SEVERAL", "--rho", "0.0003")]
    [InlineData("--weights SEVERAL --iteration", "--rho", "0.0003")]
    [InlineData("--weights SEVERAL --rho 0.5", "--rho", "0.0003")]
    [InlineData("--weights PRIOR --rho 0.5", "--rho", "prior")]
    [InlineData("--weights INVERSE --iteration --kernel gaussian:5:1", "--kernel", "gaussian:3:1")]
    [InlineData("--weights INVERSE --iteration --kernel gaussian:x", "--kernel", "gaussian:x")]
    [InlineData("--weights INVERSE --iteration --stride 2", "--stride", "stride 4")]
    [InlineData("--weights INVERSE --iteration --task deblur", "--task", "motion:9:30")]
    [InlineData("--weights INVERSE --iteration --prior PRIOR --task deblur", "--prior", "sr4")]
    [InlineData("--weights SEVERAL --iteration --rho 1 --prior PRIOR", "--weights", "gaussian:9:1.5")]
    [InlineData("--weights INVERSE --iteration --size 30", "--stride", "30x30")]
    [InlineData("--weights INVERSE --iteration --prior PRIOR --size 30", "--size", "multiple of 4")]
    [InlineData("--weights INVERSE --iteration --size 8", "--size", "smaller")]
    [InlineData("--weights INVERSE --size 2", "--size", "smaller")]
    [InlineData("--weights INVERSE --size 0", "--size", "from 1")]
    [InlineData("--weights PRIOR --size 30", "--size", "multiple of 4")]
    [InlineData("--weights PRIOR --step 2", "--step", "all steps")]
    [InlineData("--weights INVERSE --step 1", "--step", "priors")]
    [InlineData("--weights INVERSE --iteration --step 1", "--step", "--prior")]
    [InlineData("", "--weights")]
    public void What_cannot_be_exported_is_refused(string options, params string[] mentioned)
    {
        File.WriteAllText(_directory.File("text.safetensors"), "text");
        string[] before = Directory.GetFileSystemEntries(_directory.Path);
        Run(options).AssertUsageError(mentioned);
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(_directory.Path).Order());
    }

    /// <summary>
    /// Catches a target that fails only at the end, is created as a directory, or loses what it held.
    /// </summary>
    [Fact]
    public void Targets_that_cannot_be_written_are_refused()
    {
        CommandLine.Run("export", "--weights", _prior).AssertUsageError("--out");
        Export(_directory.Path).AssertUsageError("--out", "directory");
        Export(_directory.File("none/model.onnx")).AssertUsageError("--out", "does not exist");
        Export(_prior).AssertUsageError("--out", "overwritten");
        CommandLine.Run("export", "--weights", _prior, "--out", Model, "--json", Model)
            .AssertUsageError("--json", "--out");
        Assert.False(Directory.Exists(_directory.File("none")));
        File.WriteAllText(Model, "before");
        CommandLine.Run("export", "--weights", _filters, "--out", Model).AssertUsageError("--weights");
        Assert.Equal("before", File.ReadAllText(Model));
        Assert.Equal(ExitCode.Done, Export(Model).ExitCode);
        Assert.True(new FileInfo(Model).Length > 1_000_000);

        CommandLine Export(string target) => CommandLine.Run("export", "--weights", _prior, "--out", target);
    }

    /// <summary>Catches a help that shows two options of one name, or that of other commands without theirs.</summary>
    [Fact]
    public void The_help_shows_each_option_once()
    {
        string help = CommandLine.Run("export", "--help").Out;
        Assert.Contains("--out <FILE.onnx>", help);
        Assert.DoesNotContain("--out <DIR>", help);
        Assert.Contains("--json", help);
        Assert.Contains("--out <DIR>", CommandLine.Run("laplace", "--help").Out);
    }

    private CommandLine Run(string options, params string[] more) => CommandLine.Run(
        ["export", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Named), "--out", Model, .. more]);

    private string Named(string word) => word switch
    {
        "PRIOR" => _prior,
        "DENOISER" => _denoiser,
        "INVERSE" => _inverse,
        "SEVERAL" => _several,
        "FILTERS" => _filters,
        "TEXT" => _directory.File("text.safetensors"),
        "NONE" => _directory.File("none.safetensors"),
        _ => word,
    };
}
