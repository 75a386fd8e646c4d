using System.Text.Json;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary><c>train prior</c> from end to end on pictures drawn by the test, and its input errors.</summary>
public sealed class TrainPriorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _pictures;

    public TrainPriorTests() => _pictures = Drawings.WriteFolder(_directory.File("pictures"), count: 4);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Training_writes_weights_that_load_and_a_report()
    {
        string weights = _directory.File("prior.safetensors");
        string json = _directory.File("report.json");

        CommandLine run = Train(
            "color-sr2", "--steps", "3", "--unroll", "2", "--pretrain-steps", "1", "--json", json, "--out",
            _directory.Path, "--checkpoint", _directory.File("state"), "--half-precision");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains("network once", run.Out);
        var loaded = PriorWeights.Load(weights);
        Assert.True(loaded.Weights.Arrays["network.head.weight"].IsHalf);
        Assert.Equal("color-sr2", loaded.Task.Name);
        Assert.Equal(2, loaded.Rho.Count);
        Assert.Equal(3, loaded.Steps);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement root = report.RootElement;
        Assert.Equal("train prior", root.GetProperty("command").GetString());
        Assert.Equal("default", root.GetProperty("network").GetString());
        Assert.Equal(6, root.GetProperty("validation_psnr_per_iteration").GetArrayLength());
        Assert.True(root.GetProperty("validation_psnr_start").GetDouble() > 0);
        Assert.StartsWith("step,", File.ReadAllText(_directory.File("training.csv")));
        Assert.True(File.Exists(_directory.File("state/checkpoint.safetensors")));
    }

    [Fact]
    public void A_finished_run_that_is_resumed_has_the_same_weights()
    {
        string weights = _directory.File("prior.safetensors");
        string state = _directory.File("state");
        Train("sr4", "--steps", "2", "--unroll", "1", "--checkpoint", state);
        byte[] first = File.ReadAllBytes(weights);

        CommandLine resumed = Train("sr4", "--steps", "2", "--unroll", "1", "--checkpoint", state, "--resume");
        CommandLine other = Train("sr4", "--steps", "3", "--unroll", "1", "--checkpoint", state, "--resume");

        Assert.Equal(ExitCode.Done, resumed.ExitCode);
        Assert.Equal(
            PriorWeights.Load(weights).Weights.Arrays["network.head.weight"].Values,
            Nn.Weights.SafeTensorsFile.Parse(first, "first").Arrays["network.head.weight"].Values);
        other.AssertUsageError("other options");
    }

    [Fact]
    public void Training_goes_on_from_the_weights_of_another_run()
    {
        string weights = _directory.File("prior.safetensors");
        Train("sr4", "--steps", "2", "--unroll", "1");
        string first = _directory.File("first.safetensors");
        File.Move(weights, first);

        CommandLine run = Train("sr4", "--steps", "1", "--learning-rate", "1e-9", "--start", first);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        float[] before = PriorWeights.Load(first).Weights.Arrays["network.head.weight"].Values;
        float[] after = PriorWeights.Load(weights).Weights.Arrays["network.head.weight"].Values;
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-6f));
        Train("deblur", "--steps", "1", "--start", first).AssertUsageError("--start", "sr4");
        Train("sr4", "--network", "paper", "--steps", "1", "--start", first).AssertUsageError("--start", "'default'");
    }

    /// <summary>The logarithm of an error below 1 is negative; the other losses are never negative.</summary>
    [Theory]
    [InlineData("l1", 1)]
    [InlineData("l2", 1)]
    [InlineData("psnr", -1)]
    public void The_error_is_the_one_that_was_asked_for(string loss, int sign)
    {
        string json = _directory.File("report.json");
        Train("sr4", "--steps", "1", "--unroll", "1", "--distance", loss, "--json", json);
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(sign, Math.Sign(report.RootElement.GetProperty("loss").GetDouble()));
    }

    [Fact]
    public void The_networks_of_the_paper_train_as_denoisers()
    {
        CommandLine run = Train("deblur", "--steps", "2", "--network", "paper");

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Equal(
            PriorArchitecture.Paper, PriorWeights.Load(_directory.File("prior.safetensors")).Architecture);
    }

    /// <summary>Catches a day of training that is overwritten, or mixed with other pictures.</summary>
    [Fact]
    public void A_checkpoint_belongs_to_one_run()
    {
        string state = _directory.File("state");
        Train("sr4", "--steps", "1", "--unroll", "1", "--checkpoint", state);
        byte[] kept = File.ReadAllBytes(Path.Combine(state, "checkpoint.safetensors"));

        Train("sr4", "--steps", "1", "--unroll", "1", "--checkpoint", state)
            .AssertUsageError("--checkpoint", "--resume");
        File.Move(Path.Combine(_pictures, "0.png"), Path.Combine(_pictures, "9.png"));
        Train("sr4", "--steps", "1", "--unroll", "1", "--checkpoint", state, "--resume")
            .AssertUsageError("other images");
        File.Move(Path.Combine(_pictures, "9.png"), Path.Combine(_pictures, "0.png"));
        File.AppendAllText(Path.Combine(_pictures, "1.png"), "another picture with the same name");
        Train("sr4", "--steps", "1", "--unroll", "1", "--checkpoint", state, "--resume")
            .AssertUsageError("other images");

        Assert.Equal(kept, File.ReadAllBytes(Path.Combine(state, "checkpoint.safetensors")));
    }

    /// <summary>Catches training that is lost because its checkpoint cannot be written.</summary>
    [Fact]
    public void A_checkpoint_that_cannot_be_written_is_a_warning()
    {
        string state = _directory.File("state");
        Directory.CreateDirectory(Path.Combine(state, "checkpoint.safetensors"));

        CommandLine run = Train("sr4", "--steps", "1", "--unroll", "1", "--checkpoint", state);

        Assert.Equal(ExitCode.Done, run.ExitCode);
        Assert.Contains("the checkpoint of step 1 was not written", run.Error);
        Assert.Equal(1, PriorWeights.Load(_directory.File("prior.safetensors")).Steps);
    }

    /// <summary>Catches a damaged image that ends the training, or passes with exit code 0.</summary>
    [Fact]
    public void Damaged_images_are_named_and_training_goes_on()
    {
        File.WriteAllText(Path.Combine(_pictures, "1.png"), "no picture");

        CommandLine run = Train("sr4", "--steps", "9", "--unroll", "1", "--quiet");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("1.png", run.Error);
        Assert.Equal("error: an image was skipped; the reason is above", run.LastErrorLine);
        Assert.Equal(9, PriorWeights.Load(_directory.File("prior.safetensors")).Steps);
    }

    [Fact]
    public void What_cannot_be_trained_is_refused()
    {
        CommandLine.Run("train", "prior", "--task", "sr4", "--data", _pictures).AssertUsageError("'--weights'");
        Train("sr8").AssertUsageError("--task", "mnist-sr4, sr4, deblur, color-sr2");
        Train("sr4", "--steps", "1", "--minutes", "1").AssertUsageError("--steps", "--minutes");
        Train("sr4", "--resume").AssertUsageError("--resume", "--checkpoint");
        Train("sr4", "--resume", "--checkpoint", _directory.File("none")).AssertUsageError("--resume", "none");
        Train("sr4", "--crop", "30").AssertUsageError("--crop", "multiple of 4");
        Train("deblur", "--crop", "8").AssertUsageError("--crop", "motion:9:30");
        Train("sr4", "--crop", "96").AssertUsageError("96x96");
        Train("sr4", "--network", "small").AssertUsageError("--network", "default, paper");
        Train("sr4", "--unroll", "33").AssertUsageError("--unroll");
        Train("sr4", "--distance", "l3").AssertUsageError("--distance", "l1, l2", "psnr");
        Train("sr4", "--noise", "-1").AssertUsageError("--noise");
        Train("sr4", "--unknown-edges").AssertUsageError("--unknown-edges", "deblur");
        Train("deblur", "--unknown-edges").AssertUsageError("--crop", "at least 72");
        Train("sr4", "--data", _directory.File("absent")).AssertUsageError("absent");
    }

    /// <summary>
    /// Catches options of the loss that are ignored where it has no use for them, and failures within the training that no
    /// option is named for.
    /// </summary>
    [Fact]
    public void Options_of_a_loss_that_do_not_fit_are_refused()
    {
        foreach (string[] option in (string[][])
            [["--comparator", "a.onnx"], ["--feature-layers", "1"], ["--lambda-r", "1"], ["--lambda-f", "1"], ["--sharpen", "1"]])
        {
            Train("sr4", ["--steps", "1", .. option]).AssertUsageError(option[0], "--loss perceptual or adversarial");
        }

        foreach (string[] option in (string[][])[["--lambda-a", "1"], ["--discriminator-rate", "1e-4"]])
        {
            Train("sr4", ["--loss", "perceptual", "--steps", "1", .. option]).AssertUsageError(option[0], "--loss adversarial");
        }

        Sharp("--comparator", "a.onnx").AssertUsageError("--comparator", "--lambda-f above 0");
        Sharp("--lambda-a", "0", "--discriminator-rate", "1e-4").AssertUsageError("--discriminator-rate", "--lambda-a above 0");
        Sharp("--batch", "1").AssertUsageError("--crop", "1 crops of 32x32", "more than one value");
        Sharp("--unroll", "0").AssertUsageError("--unroll", "through the loop");
        Sharp("--lambda-r", "0").AssertUsageError("--lambda-r", "above 0");
        foreach (string layers in (string[])["0", "a,b", "1.5", "1,", "-1"])
        {
            Train("sr4", "--loss", "perceptual", "--feature-layers", layers)
                .AssertUsageError("--feature-layers", "whole numbers from 1", "like 1,3,5", $"got '{layers}'");
        }

        Train("sr4", "--loss", "perceptual", "--feature-layers", "2,1,2").AssertUsageError("--feature-layers", "'2' twice");
        Train("sr4", "--loss", "perceptual", "--comparator", "none.onnx").AssertUsageError("--comparator", "none.onnx");
        Train("sr4", "--loss", "perceptual", "--comparator", "none").AssertUsageError("--comparator none", "--lambda-f 0");
        Train("sr4", "--loss", "perceptual", "--comparator", "net.bin").AssertUsageError("--comparator", "net.bin", ".onnx");

        CommandLine Sharp(params string[] more) =>
            Train("sr4", ["--loss", "adversarial", "--lambda-f", "0", "--steps", "1", .. more]);
    }

    /// <summary>Catches a loss that is chosen and not trained: the weights then are those of another one.</summary>
    [Fact]
    public void The_loss_decides_what_is_trained()
    {
        string[] usual = ["--steps", "2", "--unroll", "1", "--lambda-f", "0", "--loss"];
        float[] perceptual = Weights("perceptual");
        Assert.Equal(perceptual, Weights("perceptual"));
        Assert.NotEqual(perceptual, Weights("adversarial", "--lambda-a", "0.1"));
        Assert.NotEqual(perceptual, Weights("perceptual", "--lambda-r", "0.1", "--distance", "l2"));

        float[] Weights(string loss, params string[] more)
        {
            CommandLine run = Train("sr4", [.. usual, loss, .. more]);
            Assert.Equal(ExitCode.Done, run.ExitCode);
            return PriorWeights.Load(_directory.File("prior.safetensors")).Weights.Arrays["network.tail.weight"].Values;
        }
    }

    /// <summary>Catches blended weights with the shares exchanged, weights that are not blended, and ones of another network.</summary>
    [Fact]
    public void Trained_weights_may_be_blended_with_others()
    {
        string other = _directory.File("other.safetensors");
        float[] first = Weights("--seed", "5");
        File.Move(_directory.File("prior.safetensors"), other);
        float[] trained = Weights();
        float[] blended = Weights("--blend", other, "--blend-share", "0.25");
        for (int i = 0; i < blended.Length; i++)
        {
            Assert.Equal(0.25 * trained[i] + 0.75 * first[i], blended[i], 1e-6);
        }

        Assert.Equal(1, PriorWeights.Load(_directory.File("prior.safetensors")).Steps);
        Train("sr4", "--steps", "1", "--blend-share", "0.5").AssertUsageError("--blend-share", "--blend FILE");
        Train("sr4", "--steps", "1", "--blend", other, "--blend-share", "2").AssertUsageError("--blend-share");
        Train("deblur", "--steps", "1", "--blend", other).AssertUsageError("--blend", "sr4");
        Train("sr4", "--network", "paper", "--steps", "1", "--blend", other).AssertUsageError("--blend", "'default'");

        float[] Weights(params string[] more)
        {
            Assert.Equal(ExitCode.Done, Train("sr4", ["--steps", "1", "--unroll", "1", .. more]).ExitCode);
            return PriorWeights.Load(_directory.File("prior.safetensors")).Weights.Arrays["network.head.weight"].Values;
        }
    }

    private CommandLine Train(string task, params string[] more)
    {
        string[] data = more.Contains("--data") ? [] : ["--data", _pictures];
        string[] size = more.Contains("--crop") ? [] : ["--crop", "32"];
        string[] batch = more.Contains("--batch") ? [] : ["--batch", "2"];
        return CommandLine.Run(
        [
            "train", "prior", "--task", task, .. data, "--weights", _directory.File("prior.safetensors"), .. size,
            .. batch, "--device", "cpu", "--threads", "1", .. more,
        ]);
    }
}
