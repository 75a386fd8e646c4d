using System.CommandLine;
using InfAdmm.Cli.Laplace;
using InfAdmm.Cli.Options;
using InfAdmm.Engine;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Tests;

/// <summary>Arguments become options, or an error that names the option and the fix.</summary>
public sealed class ParsingTests
{
    [Theory]
    [InlineData("--threads", "-1")]
    [InlineData("--threads", "two")]
    [InlineData("--threads", "1.5")]
    [InlineData("--threads", "99999999999")]
    [InlineData("--seed", "-1")]
    [InlineData("--iterations", "0")]
    [InlineData("--repeat", "0")]
    [InlineData("--refine", "-1")]
    [InlineData("--rho", "0")]
    [InlineData("--rho", "-0.1")]
    [InlineData("--rho", "nan")]
    [InlineData("--rho", "Infinity")]
    [InlineData("--rho", "1e999")]
    [InlineData("--rho", "0,3")]
    [InlineData("--sigma", "0")]
    [InlineData("--scale", "-1")]
    [InlineData("--density", "0")]
    [InlineData("--density", "1.01")]
    [InlineData("--tolerance", "0")]
    [InlineData("--max-inner", "0")]
    [InlineData("--train-seconds", "0")]
    [InlineData("--size", "0")]
    [InlineData("--stride", "0")]
    [InlineData("--y", "")]
    [InlineData("--device", "gpu")]
    [InlineData("--device", "ilgpu:vulkan")]
    public void Values_out_of_range_are_refused(string option, string value)
    {
        CommandLine.Run("laplace", option, value).AssertUsageError(option, $"'{value}'", "must");
    }

    [Theory]
    [InlineData("--preset", "papper", "paper, sparse")]
    [InlineData("--update", "new", "residual, published")]
    [InlineData("--penalty", "new", "fixed, balanced, continued")]
    [InlineData("--precision", "fp64", "fp32, tf32, fp16")]
    [InlineData("--solvers", "fft,newton", "learned-linear")]
    [InlineData("--solvers", "fft,", "scalar, fft")]
    [InlineData("--solvers", "fft,cg,fft", "twice")]
    public void Unknown_names_are_refused_with_the_known_ones(string option, string value, string mention)
    {
        CommandLine.Run("laplace", option, value).AssertUsageError(option, mention);
    }

    [Theory]
    [InlineData("'laplace'", "laplase")]
    [InlineData("'--size'", "laplace", "--sise", "4")]
    [InlineData("'--quiet'", "laplace", "--quite")]
    [InlineData("'extra'", "laplace", "extra")]
    [InlineData("devices, laplace, explain, train")]
    [InlineData("inverse", "train")]
    [InlineData("'--size'", "laplace", "--size")]
    [InlineData("'--size'", "laplace", "--size", "4", "--size", "5")]
    [InlineData("'--kernel'", "train", "inverse", "--stride", "1", "--rho", "1", "--weights", "w")]
    public void Errors_of_the_parser_end_in_one_line(string mention, params string[] args)
    {
        CommandLine.Run(args).AssertUsageError(mention);
    }

    [Fact]
    public void Options_of_training_are_checked_too()
    {
        string[] whole = ["train", "inverse", "--kernel", "k", "--stride", "1", "--rho", "1", "--weights", "w"];
        CommandLine.Run([.. whole, "--architecture", "deep"]).AssertUsageError("--architecture", "linear, paper, local");
        CommandLine.Run([.. whole, "--seconds", "-1"]).AssertUsageError("--seconds");
        CommandLine.Run([.. whole, "--channels", "0"]).AssertUsageError("--channels");
    }

    [Fact]
    public void What_is_not_typed_is_left_to_the_preset()
    {
        (LaplaceOptions options, CommonOptions common) = Parse("laplace");
        OperatorOptions operators = options.Operator;
        Assert.Equal(("paper", Boundary.Periodic), (operators.Preset, operators.Boundary));
        Assert.Equal((null, null, null, null), (operators.Size, operators.Stride, operators.Kernel, operators.Rho));
        Assert.Equal((null, null, null, null), (options.Sigma, options.Scale, options.Density, options.Iterations));
        Assert.Equal((null, null, null, null), (options.Y, options.Solvers, options.Weights, options.Dump));
        Assert.Equal(new InnerLoopSpec(1e-6f, 10000), options.InnerLoop);
        Assert.Equal(PenaltyChoice.Fixed, options.Penalty);
        Assert.Equal((false, 60, 0, UpdateForm.Residual, 3),
            (options.Retrain, options.TrainSeconds, options.Refine, options.Update, options.Repeat));
        Assert.Equal(("auto", "fp32", 0, 0UL), (common.Device, common.Precision, common.Threads, common.Seed));
        Assert.Equal((null, null, false), (common.Json, common.Out, common.Quiet));
    }

    [Fact]
    public void All_that_is_typed_arrives()
    {
        (LaplaceOptions options, CommonOptions common) = Parse(
            "--seed 18446744073709551615 laplace --preset sparse --size 64 --stride 2 --kernel motion:9:30 " +
            "--boundary reflect --sigma 0.5 --scale 2 --density 1 --rho 0.0003 --iterations 7 --y y.npy " +
            "--solvers cg,learned-linear --tolerance 1e-4 --max-inner 5 --weights w --retrain --train-seconds 0.5 " +
            "--refine 2 --update published --penalty balanced --repeat 1 --dump d " +
            "--device ilgpu:opencl:1 --precision tf32 --threads 3 --json - --out o -q");
        OperatorOptions operators = options.Operator;
        Assert.Equal(("sparse", Boundary.Reflect), (operators.Preset, operators.Boundary));
        Assert.Equal(
            (64, 2, "motion:9:30", 0.0003), (operators.Size, operators.Stride, operators.Kernel, operators.Rho));
        Assert.Equal((0.5, 2, 1, 7), (options.Sigma, options.Scale, options.Density, options.Iterations));
        Assert.Equal(["cg", "learned-linear"], options.Solvers!);
        Assert.Equal(("y.npy", "w", "d"), (options.Y, options.Weights, options.Dump));
        Assert.Equal(new InnerLoopSpec(1e-4f, 5), options.InnerLoop);
        Assert.Equal(PenaltyChoice.Balanced, options.Penalty);
        Assert.Equal((true, 0.5, 2, UpdateForm.Published, 1),
            (options.Retrain, options.TrainSeconds, options.Refine, options.Update, options.Repeat));
        Assert.Equal(("ilgpu:opencl:1", "tf32", 3, ulong.MaxValue),
            (common.Device, common.Precision, common.Threads, common.Seed));
        Assert.Equal(("-", "o", true), (common.Json, common.Out, common.Quiet));
    }

    [Fact]
    public void Help_and_version_are_results()
    {
        CommandLine help = CommandLine.Run("laplace", "--help");
        Assert.Equal(ExitCode.Done, help.ExitCode);
        Assert.Contains("--train-seconds", help.Out);
        Assert.Contains("--seed", help.Out);
        Assert.Equal(Application.Version, CommandLine.Run("--version").Out.Trim());
    }

    private static (LaplaceOptions Options, CommonOptions Common) Parse(string line)
    {
        var laplace = new Command("laplace");
        Func<ParseResult, LaplaceOptions> read = OptionBinder.Declare(laplace, binder => new LaplaceOptions(binder));
        var root = new RootCommand { laplace };
        Func<ParseResult, CommonOptions> readCommon =
            OptionBinder.Declare(root, binder => new CommonOptions(binder), isRecursive: true);
        ParseResult parsed = root.Parse(line);
        Assert.Empty(parsed.Errors);
        return (read(parsed), readCommon(parsed));
    }
}
