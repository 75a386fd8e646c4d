using System.Runtime.CompilerServices;
using InfAdmm.Engine;
using InfAdmm.Engine.Tests;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

// The samples pass no cancellation token, as a reader of the pages would not.
#pragma warning disable xUnit1051

namespace InfAdmm.Imaging.Tests;

/// <summary>
/// The library samples of README.md and docs/embedding.md. The code between the markers of a test equals the code on
/// the page, line by line, so that exactly that code is compiled and tested.
/// </summary>
public sealed class DocumentedCodeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Readme_solves_an_inverse_problem()
    {
        float[] measured = Fixture.Normal(3 * 64 * 64, 1);

        // sample: README.md
        using var device = CpuDevice.Create();
        var imageShape = new Shape(1, 3, 256, 256);
        using var a = new BlurDownsample(device, BlurKernel.Gaussian(9, 1.5), stride: 4, imageShape);
        using Tensor y = device.Allocate(a.MeasurementShape, measured);

        const float rho = 0.01f;
        const float tau = 0.001f;
        using IZUpdate update = ZSolvers.Create("fft", new ZSolverContext(a, y, rho));
        using var admm = new Admm(device, imageShape, update, new SoftThreshold(), rho, tau);
        admm.Run(iterations: 100, relative: 1e-4);
        float[] estimate = admm.X.ToArray();
        // end

        Assert.Equal(3 * 256 * 256, estimate.Length);
        using Tensor fit = device.Allocate(a.MeasurementShape);
        a.Residual(y, admm.X, fit);
        Assert.InRange(Fixture.Norm(fit.ToArray()), 0, 0.1 * Fixture.Norm(measured));
        AssertDocumented();
    }

    [Fact]
    public void Readme_restores_a_file()
    {
        string input = _directory.File("small.png");
        string output = _directory.File("large.png");
        using var device = CpuDevice.Create(threads: 1);
        WritePicture(input);

        // sample: README.md
        using var restorer = Restorer.Load("sr4", device);
        ImageFile.Write(output, restorer.Restore(ImageFile.ReadPicture(input)));
        // end

        AssertRestored(output);
        AssertDocumented();
    }

    [Fact]
    public void Embedding_restores_a_file()
    {
        string[] args = [_directory.File("small.png"), _directory.File("large.png")];
        WritePicture(args[0]);
        Run();
        AssertRestored(args[1]);
        AssertDocumented();

        void Run()
        {
            // sample: docs/embedding.md
            using Device device = CpuDevice.Create();
            using var restorer = Restorer.Load("sr4", device);

            Picture picture = ImageFile.ReadPicture(args[0]);
            Picture restored = restorer.Restore(picture);
            ImageFile.Write(args[1], restored);
            // end
        }
    }

    [Fact]
    public void Embedding_restores_pixels()
    {
        using var device = CpuDevice.Create(threads: 1);
        (int width, int height, int rowBytes) = (9, 8, 40);
        byte[] pixels = new byte[rowBytes * height];

        // sample: docs/embedding.md
        using var restorer = Restorer.Load("sr4", device);
        restorer.Prepare(width, height);

        var layout = new PixelLayout(width, height, PixelFormat.Bgrx32, rowBytes);
        PixelLayout restoredLayout = restorer.RestoredLayout(layout);
        byte[] restored = new byte[restoredLayout.ByteCount];
        restorer.Restore(pixels, layout, restored, restoredLayout);
        // end

        Assert.Equal((36, 32, 4 * 36 * 32), (restoredLayout.Width, restoredLayout.Height, restored.Length));
        Assert.Equal(255, restored[3]);
        AssertDocumented();
    }

    [Fact]
    public async Task Embedding_restores_on_another_thread()
    {
        string file = _directory.File("small.png");
        WritePicture(file);
        using Device device = CpuDevice.Create(threads: 1);
        using var restorer = Restorer.Load("sr4", device);
        Picture picture = ImageFile.ReadPicture(file);
        (IProgress<double>? progress, CancellationToken cancellation) = (null, default);

        // sample: docs/embedding.md
        Picture restored = await restorer.RestoreAsync(picture, progress, cancellation);
        // end

        Assert.Equal(4 * picture.Image.Shape.W, restored.Image.Shape.W);
        AssertDocumented();
    }

    [Fact]
    public void Embedding_shares_threads()
    {
        // sample: docs/embedding.md
        using var threads = new CpuThreads();
        using Device first = CpuDevice.Create(threads);
        using Device second = CpuDevice.Create(threads);
        // end

        Assert.Equal((threads.Count, threads.Count), (first.Threads, second.Threads));
        AssertDocumented();
    }

    [Fact]
    public void Embedding_evaluates_methods()
    {
        string folder = WritePictures();
        using var device = CpuDevice.Create(threads: 1);
        TextWriter before = Console.Out;
        using var printed = new StringWriter();
        Console.SetOut(printed);
        try
        {
            // sample: docs/embedding.md
            ImageTask task = ImageTasks.SuperResolution;
            EvaluationData data = EvaluationData.Open(folder, limit: 2);
            var evaluation = new TaskEvaluation(device, task, RestorationMethods.Create(task), data);
            foreach (MethodReport method in evaluation.Run().Methods)
            {
                Console.WriteLine($"{method.Name}: {method.PsnrRgb:0.00} dB");
            }
            // end
        }
        finally
        {
            Console.SetOut(before);
        }

        IEnumerable<string> names = Lines(printed.ToString()).Select(line => line.Split(':')[0]);
        Assert.Equal(["bicubic", "wiener", "tv", "network", "pnp", "admm"], names);
        AssertDocumented();
    }

    [Fact]
    public void Embedding_trains_a_prior()
    {
        string folder = WritePictures();
        using var device = CpuDevice.Create(threads: 1);

        // sample: docs/embedding.md
        PriorTrainingOptions options = PriorTrainingOptions.Create(ImageTasks.SuperResolution, batch: 2, crop: 32);
        using var images = new PriorImages(folder, options);
        using var trainer = new PriorTrainer(device, options, images.Fill, images.Validation);
        trainer.Train(new TrainingBudget(Steps: 2)).Save(Path.Combine(folder, "prior.safetensors"));
        // end

        Assert.Equal(2, PriorWeights.Load(Path.Combine(folder, "prior.safetensors")).Steps);
        AssertDocumented();
    }

    [Fact]
    public void Embedding_defines_a_task()
    {
        string file = Path.Combine(WritePictures(), "0.png");
        using var device = CpuDevice.Create(threads: 1);

        // sample: docs/embedding.md
        var task = new ImageTask
        {
            Name = "sr3",
            Kernel = BlurKernel.Gaussian(5, 1.2),
            Stride = 3,
            Start = new BicubicStart(),
            DefaultPrior = new ResidualDesign(Factor: 3, Width: 64, Depth: 12),
            PaperPrior = new PixelShuffleDesign(Factor: 3),
            TotalVariation = new(Weight: 3.5e-4, Rho: 0.06),
        };
        PlanarImage measured = TaskImages.Measure(device, task, ImageFile.Read(file));
        // end

        Assert.Equal(new Shape(1, 3, 16, 16), measured.Shape);
        AssertDocumented();
    }

    /// <summary>
    /// Asserts that a page contains the code between the markers of the calling test, and that its using directives are
    /// valid here.
    /// </summary>
    private static void AssertDocumented([CallerMemberName] string test = "")
    {
        string[] source = File.ReadAllLines(
            Path.Combine(RepositoryRoot.Path, "tests", "Imaging.Tests", $"{nameof(DocumentedCodeTests)}.cs"));
        int start = Array.FindIndex(source, line => line.Contains($" {test}(", StringComparison.Ordinal));
        int first = Array.FindIndex(source, start, line => line.Contains("// sample: ", StringComparison.Ordinal));
        int last = Array.FindIndex(source, first, line => line.Trim() == "// end");
        string page = source[first].Split(": ")[1];
        string expected = Normalized(source[(first + 1)..last]);
        string[][] blocks = [.. Blocks(File.ReadAllText(Path.Combine(RepositoryRoot.Path, page)))];

        string[]? block = blocks.FirstOrDefault(lines => Normalized(lines) == expected);

        Assert.True(block is not null, $"{page} has no sample that is\n{expected}");
        Assert.All(block.Where(IsUsing), line => Assert.Contains(line.Trim(), source));
    }

    private static IEnumerable<string[]> Blocks(string page) =>
        page.Split("```csharp\n").Skip(1).Select(rest => Lines(rest.Split("```")[0]));

    /// <summary>The statements, without using directives, comments, indentation and empty lines.</summary>
    private static string Normalized(IEnumerable<string> lines) => string.Join('\n', lines
        .Where(line => !IsUsing(line))
        .Select(line => line.Split(" //")[0].Trim())
        .Where(line => line.Length > 0));

    private static bool IsUsing(string line) => line.StartsWith("using InfAdmm.", StringComparison.Ordinal);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static void AssertRestored(string file)
    {
        PlanarImage restored = ImageFile.Read(file);
        Assert.Equal(new Shape(1, 3, 48, 64), restored.Shape);
        Assert.Contains(restored.Values, value => value > 0.6f);
    }

    private string WritePictures()
    {
        string folder = _directory.File("pictures");
        Directory.CreateDirectory(folder);
        for (int i = 0; i < 4; i++)
        {
            WritePicture(Path.Combine(folder, $"{i}.png"), 48, 48);
        }

        return folder;
    }

    private static void WritePicture(string path, int height = 12, int width = 16)
    {
        var shape = new Shape(1, 3, height, width);
        float[] values =
        [
            .. Enumerable.Range(0, (int)shape.Count).Select(i =>
                0.5f + 0.3f * MathF.Sin(0.4f * (i / width % height))
                    * MathF.Cos(0.3f * (i % width) + i / shape.PlaneSize)),
        ];
        ImageFile.Write(path, new Picture(new PlanarImage(values, shape), Alpha: null, IsDeep: false));
    }
}
