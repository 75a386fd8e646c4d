using System.CommandLine;
using System.Reflection;
using InfAdmm.Cli.Restore;
using InfAdmm.Cli.Terminal;
using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>What decides whether a finished picture of an archive is restored again.</summary>
public sealed class ResultFingerprintTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>
    /// Catches an option that changes pictures and leaves finished ones as they are, one that restores them again without
    /// need, and a new option of which neither is stated here.
    /// </summary>
    [Fact]
    public void Every_option_either_changes_the_fingerprint_or_does_not_change_the_picture()
    {
        string weights = UntrainedPrior.WriteTo(_directory.File("deblur.safetensors"), "deblur");
        string denoiser = _directory.File("denoiser.safetensors");
        ShippedWeights.Denoiser(ImageTasks.Find("deblur")).WithRho([0.3]).Save(denoiser);
        string inverse = _directory.File("filters.safetensors");
        Filters(width: 1).Save(inverse);

        // The task if it is not deblur, options that both runs have, and the option with its value.
        (string Task, string Both, string Option)[] changing =
        [
            ("", "", "--task sr4"),
            ("deblur", "", "--kernel gaussian:5:1.2"),
            ("deblur", "", "--noise 0.02"),
            ("deblur", "", "--network paper"),
            ("sr4", "", "--style sharp"),
            ("deblur", "", $"--weights {weights}"),
            ("deblur", "", "--prior denoiser"),
            ("deblur", "--prior denoiser", $"--denoiser {denoiser}"),
            ("deblur", "--prior denoiser", "--lambda 0.001"),
            ("deblur", "--prior denoiser", "--levels 0.2:0.02"),
            ("deblur", "", "--z-solver pcg-circulant"),
            ("deblur", "", $"--inverse {inverse}"),
            ("deblur", "--z-solver learned-local", "--refine 1"),
            ("deblur", "", "--certificate"),
            ("deblur", "", "--rho 0.25"),
            ("deblur", "", "--iterations 2"),
            ("deblur", "", "--tolerance 0.1"),
            ("deblur", "", "--align center"),
            ("deblur", "", "--edges mirrored"),
            ("deblur", "", "--tile 512"),
            ("deblur", "", "--precision tf32"),
        ];

        // Which files are restored, how much is printed and where; devices and threads differ by rounding errors only, and
        // nothing is random.
        string[] others =
        [
            "--shard 1/2", "--list names.txt", "--status", "--max-pixels 1000", "--out other", "--json other.json", "--quiet",
            "--device cpu", "--threads 2", "--seed 7",
        ];
        var seen = new HashSet<string>();
        foreach ((string task, string both, string option) in changing)
        {
            string before = Fingerprint(task.Length == 0 ? "--task deblur" : $"--task {task} {both}");
            Assert.Equal(before, Fingerprint(task.Length == 0 ? "--task deblur" : $"--task {task} {both}"));
            string after = Fingerprint(task.Length == 0 ? option : $"--task {task} {both} {option}");
            Assert.True(before != after, $"{option} does not change the fingerprint");
            Assert.True(seen.Add(after), $"{option} has the fingerprint of another option");
        }

        Assert.All(others, option => Assert.Equal(Fingerprint("--task deblur"), Fingerprint($"--task deblur {option}")));
        Assert.Equal(
            DeclaredOptions().Order(),
            changing.Select(row => row.Option).Concat(others).Select(option => option.Split(' ')[0]).Order());
    }

    /// <summary>Catches a property of the library's options that changes pictures and leaves finished ones as they are.</summary>
    [Fact]
    public void Every_setting_of_the_library_is_in_the_fingerprint()
    {
        var loop = new InnerLoopSpec(1e-6f, 10_000);
        var plain = new RestorationOptions { ZSolver = new ZSolverChoice(CirculantPreconditioner.Solver) { InnerLoop = loop } };
        ZSolverChoice solver = plain.ZSolver;
        var inverses = TrainedInverses(1);
        Dictionary<string, RestorationOptions> changed = new()
        {
            ["RestorationOptions.Task"] = plain with { Task = Prior.Task.With(BlurKernel.Gaussian(5, 1.2), null) },
            ["RestorationOptions.GreyPrior"] = plain with { GreyPrior = Prior },
            ["RestorationOptions.Rho"] = plain with { Rho = 0.25 },
            ["RestorationOptions.Schedule"] = plain with { Schedule = new DenoisingSchedule(0.01, 0.1, 0.01, 8) },
            ["RestorationOptions.Iterations"] = plain with { Iterations = 2 },
            ["RestorationOptions.Tolerance"] = plain with { Tolerance = 0.1 },
            ["RestorationOptions.Alignment"] = plain with { Alignment = PixelAlignment.Center },
            ["RestorationOptions.Edges"] = plain with { Edges = EdgeModel.Mirrored },
            ["RestorationOptions.Tile"] = plain with { Tile = 512 },
            ["ZSolverChoice.Solver"] = plain with { ZSolver = solver with { Solver = ConjugateGradientInverse.Solver } },
            ["ZSolverChoice.Inverses"] = plain with { ZSolver = solver with { Inverses = inverses } },
            ["ZSolverChoice.Filters"] = plain with { ZSolver = solver with { Filters = [Filters(width: 1)] } },
            ["ZSolverChoice.Refinements"] = plain with { ZSolver = solver with { Refinements = 1 } },
            ["ZSolverChoice.GuardTolerance"] = plain with { ZSolver = solver with { GuardTolerance = 1e-3 } },
            ["InnerLoopSpec.Tolerance"] = plain with { ZSolver = solver with { InnerLoop = loop with { Tolerance = 1e-3f } } },
            ["InnerLoopSpec.MaxIterations"] = plain with { ZSolver = solver with { InnerLoop = loop with { MaxIterations = 5 } } },
        };

        // For sequences of pictures; groups of the settings above; and what ends a run.
        string[] others =
        [
            "RestorationOptions.ContinuedIterations", "RestorationOptions.ZSolver", "ZSolverChoice.InnerLoop",
            "InnerLoopSpec.Cancellation",
        ];
        Assert.Equal(
            ((Type[])[typeof(RestorationOptions), typeof(ZSolverChoice), typeof(InnerLoopSpec)])
                .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                    .Where(property => property.CanWrite).Select(property => $"{type.Name}.{property.Name}")).Order(),
            changed.Keys.Concat(others).Order());
        var seen = new HashSet<string> { Of(plain) };
        Assert.All(changed, setting => Assert.True(seen.Add(Of(setting.Value)), setting.Key));
        Assert.NotEqual(
            Of(changed["ZSolverChoice.Filters"]),
            Of(plain with { ZSolver = solver with { Filters = [Filters(width: 2)] } }));
        Assert.NotEqual(
            Of(changed["ZSolverChoice.Inverses"]), Of(plain with { ZSolver = solver with { Inverses = TrainedInverses(2) } }));

        static string Of(RestorationOptions options) => ResultFingerprint.Of(Prior, options, "fp32");

        static InverseWeights[] TrainedInverses(int count) => [.. ShippedWeights.Inverses().Networks.Take(count)];
    }

    private static PriorWeights Prior { get; } = ShippedWeights.Prior("deblur");

    private static LocalFilters Filters(double width) => LocalFilters.Analytic(
        new LocalModel(new KernelField([BlurKernel.Gaussian(5, width)], 1), Stride: 1, Boundary.Periodic), rho: 0.1, radius: 1);

    private static string Fingerprint(string arguments)
    {
        (CommonOptions common, RestoreOptions options) = ParsedOptions.Read(
            new RootCommand(), binder => (new CommonOptions(binder), new RestoreOptions(binder)),
            [.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        (PriorWeights weights, RestorationOptions restoration) = options.Restorer.Load(_ => { });
        return ResultFingerprint.Of(weights, restoration, common.Precision);
    }

    /// <summary>The options of the command and those of all commands, without help and version.</summary>
    private static string[] DeclaredOptions()
    {
        RootCommand root = CommandTree.Create(new Streams(TextWriter.Null, TextWriter.Null), CancellationToken.None);
        Command restore = root.Subcommands.Single(command => command.Name == "restore");
        return [.. restore.Options.Concat(root.Options).Select(option => option.Name).Except(["--help", "--version"])];
    }
}
