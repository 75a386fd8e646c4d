using InfAdmm.Engine;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>
/// A task that the library does not know works everywhere, because a task is data: here it is measured, trained, saved,
/// loaded, restored and evaluated.
/// </summary>
public sealed class OwnTaskTests
{
    private static readonly ImageTask Own = new()
    {
        Name = "sr3",
        Kernel = BlurKernel.Gaussian(5, 1.2),
        Stride = 3,
        Sigma = 0.02,
        Start = new BicubicStart(),
        DefaultPrior = new ResidualDesign(Factor: 3, Width: 8, Depth: 1),
        PaperPrior = new PixelShuffleDesign(Factor: 3),
        DefaultCrop = 24,
        TotalVariation = new(Weight: 3e-3, Rho: 0.05),
    };

    [Fact]
    public void A_task_of_ones_own_is_trained_restored_and_evaluated() => Fixture.OnDevice(device =>
    {
        using var directory = new TemporaryDirectory();
        for (int i = 0; i < 4; i++)
        {
            WritePicture(directory.File($"{i}.png"), i);
        }

        PriorWeights weights = Train(device, directory.Path);
        string file = directory.File("prior.safetensors");
        weights.Save(file);
        var loaded = PriorWeights.Load(file, Own);
        Assert.Contains("sr3", Assert.Throws<InputException>(() => PriorWeights.Load(file)).Message);

        PlanarImage truth = TaskImages.Crop(ImageFile.Read(directory.File("0.png")), Own);
        PlanarImage y = TaskImages.Measure(device, Own, truth, seed: 1);
        Assert.Equal(truth.Shape.Downsampled(3), y.Shape);
        using var restorer = new Restorer(device, loaded);
        Picture restored = restorer.Restore(new Picture(y, Alpha: null, IsDeep: false));
        Assert.Equal(truth.Shape, restored.Image.Shape);
        Assert.InRange(ImageMetrics.Psnr(restored.Image.Values, truth.Values), 10, 60);

        EvaluationResult result = Evaluate(device, directory.Path, loaded);
        Assert.Equal(["bicubic", "wiener", "tv", "network", "pnp", "admm"], result.Methods.Select(method => method.Name));
        Assert.Equal(2, result.Images);
        Assert.Equal(2, result.Examples.Count);
        Assert.All(result.Methods, method => Assert.InRange(method.PsnrRgb, 10, 60));
    });

    [Fact]
    public void Its_multiple_is_one_of_network_and_stride()
    {
        Assert.Equal(3, Own.Multiple(PriorArchitecture.Default));
        Assert.Equal(6, (Own with { DefaultPrior = new ResidualDesign(2, 8, 1) }).Multiple(PriorArchitecture.Default));
        Assert.Equal(
            [4, 4, 2, 2], ImageTasks.All.Select(task => task.Multiple(PriorArchitecture.Default)));
        Assert.Equal([28, 4, 4, 2], ImageTasks.All.Select(task => task.Multiple(PriorArchitecture.Paper)));
    }

    /// <summary>Waves in colour.</summary>
    private static void WritePicture(string path, int number)
    {
        var shape = new Shape(1, 3, 40, 44);
        float[] values =
        [
            .. Enumerable.Range(0, (int)shape.Count).Select(i =>
                0.5f + 0.3f * MathF.Sin(0.2f * (i / shape.W % shape.H) + number)
                    * MathF.Cos(0.3f * (i % shape.W) + i / shape.PlaneSize)),
        ];
        ImageFile.Write(path, new Picture(new PlanarImage(values, shape), Alpha: null, IsDeep: false));
    }

    private static PriorWeights Train(Device device, string folder)
    {
        PriorTrainingOptions options = PriorTrainingOptions.Create(Own, batch: 2) with { Unroll = 2 };
        using var images = new PriorImages(folder, options);
        using var trainer = new PriorTrainer(device, options, images.Fill, images.Validation);
        return trainer.Train(new TrainingBudget(Steps: 2));
    }

    private static EvaluationResult Evaluate(Device device, string folder, PriorWeights weights)
    {
        var options = new MethodOptions { Prior = weights, Iterations = 3 };
        double last = 0;
        var evaluation = new TaskEvaluation(
            device, Own, RestorationMethods.Create(Own, options), EvaluationData.Open(folder, limit: 2));
        return evaluation.Run(progress =>
        {
            Assert.InRange(progress.Fraction, last, 1);
            last = progress.Fraction;
        });
    }
}
