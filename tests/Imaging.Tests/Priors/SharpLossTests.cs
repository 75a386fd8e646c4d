using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Training with a discriminator.</summary>
public sealed class SharpLossTests
{
    private const int Side = 16;

    /// <summary>
    /// Catches a checkpoint without the discriminator, its moments or its running statistics, and a step that depends on
    /// something else: the weights after an interruption are those of a run without one, bit by bit.
    /// </summary>
    [Fact]
    public void An_interrupted_run_ends_as_a_whole_one() => Fixture.OnDevice(device =>
    {
        using var directory = new TemporaryDirectory();
        string checkpoint = directory.File("checkpoint.safetensors");
        PriorTrainingOptions options = Options(adversarial: 0.01);
        var budget = new TrainingBudget(Steps: 6);

        using var whole = new PriorTrainer(device, options, Images);
        PriorWeights expected = whole.Train(budget);

        using (var first = new PriorTrainer(device, options, Images))
        {
            using var source = new CancellationTokenSource();
            Assert.Throws<OperationCanceledException>(() => first.Train(
                budget, progress => { if (progress.Step >= 4) { source.Cancel(); } }, checkpoint, cancellation: source.Token));
            Assert.InRange(first.StepCount, 1, 5);
        }

        using var second = new PriorTrainer(device, options, Images);
        second.Resume(checkpoint, budget);
        PriorWeights resumed = second.Train(budget);
        foreach ((string name, var array) in expected.Weights.Arrays)
        {
            Assert.Equal(array.Values, resumed.Weights.Arrays[name].Values);
        }
    });

    /// <summary>Catches a discriminator that has no effect on the prior, or is not part of the options of a checkpoint.</summary>
    [Fact]
    public void The_discriminator_changes_the_prior_and_belongs_to_the_run() => Fixture.OnDevice(device =>
    {
        using var directory = new TemporaryDirectory();
        string checkpoint = directory.File("checkpoint.safetensors");
        float[] plain = FirstWeights(device, Options(adversarial: 0), checkpoint);
        Assert.NotEqual(plain, FirstWeights(device, Options(adversarial: 0.1), null));
        using var other = new PriorTrainer(device, Options(adversarial: 0.1), Images);
        Assert.Throws<InputException>(() => other.Resume(checkpoint, new TrainingBudget(Steps: 2)));
    });

    /// <summary>Catches weights and networks that make no sense.</summary>
    [Fact]
    public void What_cannot_be_trained_is_refused()
    {
        var usual = new SharpOptions { FeatureWeight = 0, AdversarialWeight = 1 };
        usual.Check(channels: 1);
        Assert.Throws<InputException>(() => (usual with { PixelWeight = 0 }).Check(3));
        Assert.Throws<InputException>(() => (usual with { AdversarialWeight = double.NaN }).Check(3));
        Assert.Contains("network", Assert.Throws<InputException>(() => (usual with { FeatureWeight = 1 }).Check(3)).Message);
        Assert.Throws<InputException>(() => (Options(0.1) with { Unroll = 0 }).Check());
    }

    private static float[] FirstWeights(Device device, PriorTrainingOptions options, string? checkpoint)
    {
        using var trainer = new PriorTrainer(device, options, Images);
        return trainer.Train(new TrainingBudget(Steps: 2), checkpoint: checkpoint)
            .Weights.Arrays["network.tail.weight"].Values;
    }

    private static PriorTrainingOptions Options(double adversarial) =>
        PriorTrainingOptions.Create(ImageTasks.SuperResolution, batch: 2, crop: Side) with
        {
            Unroll = 1,
            WarmUpSteps = 1,
            Sharp = new SharpOptions { FeatureWeight = 0, AdversarialWeight = adversarial },
        };

    private static void Images(long batch, Span<float> images)
    {
        for (int i = 0; i < images.Length; i++)
        {
            images[i] = 0.5f + 0.4f * MathF.Sin(0.3f * i + batch);
        }
    }
}
