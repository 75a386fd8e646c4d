using InfAdmm.Engine;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Images and methods that fail during a comparison.</summary>
public sealed class TaskEvaluationTests
{
    /// <summary>
    /// Catches a failure on one image that ends the evaluation, or leaves it in the mean of some methods only; and
    /// results that are not numbers.
    /// </summary>
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(null)]
    public void An_image_that_fails_counts_for_no_method(float? value) => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 3, 16, 16);
        var images = new FakeImages(3, i => new PlanarImage([.. Enumerable.Repeat(0.25f * (i + 1), 768)], shape));
        var skipped = new List<string>();
        RestorationMethod[] methods = [new Failing(-1, null), new Failing(0.5f, value)];
        var evaluation = new TaskEvaluation(
            device, ImageTasks.SuperResolution with { Sigma = 0 }, methods, new EvaluationData(images, null))
        {
            Skipped = skipped.Add,
        };

        EvaluationResult result = evaluation.Run(cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(2, result.Images);
        Assert.Contains("'1'", Assert.Single(skipped));

        // Constant images 0.25 and 0.75 against a constant 0: the mean of their PSNR.
        double expected = -10 * Math.Log10(0.25 * 0.75);
        Assert.All(result.Methods, method => Assert.Equal(expected, method.PsnrRgb, 1e-3));
    });

    /// <summary>Catches iterates that are shown under the wrong number, and a last one that is missing.</summary>
    [Theory]
    [InlineData(9, "1 4 7 9")]
    [InlineData(7, "1 4 7")]
    [InlineData(2, "1 2")]
    public void Iterates_are_kept_for_the_figure(int iterations, string shown) => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 3, 16, 16);
        var images = new FakeImages(1, _ => new PlanarImage([.. Enumerable.Repeat(0.5f, 768)], shape));
        var evaluation = new TaskEvaluation(
            device, ImageTasks.SuperResolution, [new Counting(iterations)], new EvaluationData(images, null));

        RestoredImage example = Assert.Single(
            evaluation.Run(cancellation: TestContext.Current.CancellationToken).Examples);

        IReadOnlyList<(int Iteration, PlanarImage Image)> iterates = Assert.Single(example.Iterates);
        Assert.Equal(shown, string.Join(' ', iterates.Select(kept => kept.Iteration)));
        Assert.All(iterates, kept => Assert.Equal(kept.Iteration / 16f, kept.Image.Values[5]));
    });

    /// <summary>
    /// Catches a comparison with a network that was trained for the loop, where there is one that was trained to be applied
    /// once; and weights of the user that are not used.
    /// </summary>
    [Fact]
    public void The_network_that_is_applied_once_was_trained_for_that() => Fixture.OnDevice(device =>
    {
        ImageTask task = ImageTasks.SuperResolution;
        PriorWeights inLoop = ShippedWeights.Prior(task.Name);
        PriorWeights alone = ShippedWeights.FindAlone(task.Name)!;
        float[] ofLoop = Once(new NetworkMethod(inLoop));
        float[] ofAlone = Once(new NetworkMethod(alone));

        Assert.NotEqual(ofLoop, ofAlone);
        Assert.Equal(ofAlone, Once(Chosen(new MethodOptions())));
        Assert.Equal(ofAlone, Once(Chosen(new MethodOptions { Prior = inLoop, Alone = alone })));
        Assert.Equal(ofLoop, Once(Chosen(new MethodOptions { Prior = inLoop })));

        RestorationMethod Chosen(MethodOptions options) =>
            Assert.Single(RestorationMethods.Create(task, options with { Methods = ["network"] }));

        float[] Once(RestorationMethod method)
        {
            using var a = new TaskOperator(device, task, new Shape(1, 3, 16, 16));
            using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal(48, 5));
            using Tensor x = device.Allocate(a.ImageShape);
            using PreparedMethod prepared = method.Create(a, y, new Dictionary<string, double>());
            prepared.Restore(x, null);
            return x.ToArray();
        }
    });

    /// <summary>
    /// Catches a z error that is measured from another point than the loop's or in another order, one that is reported
    /// for an exact update, and times of the z-update that are missing.
    /// </summary>
    [Fact]
    public void The_error_of_each_z_update_is_measured() => Fixture.OnDevice(device =>
    {
        ImageTask task = ImageTasks.Deblurring;
        PriorWeights denoiser = ShippedWeights.Denoiser(task);
        var images = new FakeImages(2, i => new PlanarImage(Noisy(i), new Shape(1, 3, 32, 32)));

        IReadOnlyList<double> errors = Report(new ZSolverChoice(new Wrong())).ZErrorPerIteration!;

        // w = 0 leaves z = q, so the error is that of no update at all: the difference between q and the exact z.
        Assert.Equal(2, errors.Count);
        Assert.Equal(Expected(), errors, (a, b) => Math.Abs(a - b) < 1e-5 * b);
        Assert.True(errors[1] < errors[0] / 1.2 || errors[1] > errors[0] * 1.2, "both iterations have one error");
        Assert.InRange(Report(ZSolverChoice.Named("cg")).ZErrorPerIteration!.Max(), 1e-12, 1e-5);
        MethodReport exact = Report(ZSolverChoice.CheapestExact);
        Assert.Null(exact.ZErrorPerIteration);
        Assert.InRange(exact.SecondsZUpdateP50!.Value, 1e-9, exact.SecondsP50);

        MethodReport Report(ZSolverChoice solver)
        {
            var method = new AdmmMethod("admm", denoiser, null, new MethodOptions { ZSolver = solver, Iterations = 2 });
            var evaluation = new TaskEvaluation(device, task, [method], new EvaluationData(images, null), seed: 3);
            return Assert.Single(evaluation.Run(cancellation: TestContext.Current.CancellationToken).Methods);
        }

        // The largest error over the images of each iteration, from a loop that is written out here.
        double[] Expected()
        {
            double[] largest = new double[2];
            PriorWeights scheduled = denoiser.WithSchedule(task.Denoising with { Iterations = 2 });
            for (int i = 0; i < images.Count; i++)
            {
                PlanarImage image = images.Load(i);
                using var a = new TaskOperator(device, task, image.Shape);
                using Tensor x = device.Allocate(image.Shape, image.Values);
                using Tensor y = device.Allocate(a.MeasurementShape);
                using Tensor exact = device.Allocate(image.Shape);
                a.Measure(x, seed: 3, (ulong)i, y);
                using IStartEstimate start = task.Start.Create(a, y);
                using var loop = new PriorLoop(a, y, scheduled, new ZSolverChoice(new Wrong()));
                start.Apply(x);
                loop.Start(x);
                for (int k = 0; k < 2; k++)
                {
                    loop.Step();
                    using IZUpdate update = a.CreateExactSolver(y, scheduled.RhoOf(k));
                    update.Solve(loop.Z, exact);
                    double[] difference = [.. exact.ToArray().Zip(loop.Z.ToArray(), (to, from) => (double)to - from)];
                    double scale = Math.Max(Norm(exact.ToArray()), Norm(loop.Z.ToArray()));
                    largest[k] = Math.Max(largest[k], Math.Sqrt(difference.Sum(d => d * d)) / scale);
                }
            }

            return largest;
        }

        static double Norm(float[] values) => Math.Sqrt(values.Sum(v => (double)v * v));

        static float[] Noisy(int seed) => Array.ConvertAll(Fixture.Normal(3 * 32 * 32, seed), v => 0.5f + 0.15f * v);
    });

    /// <summary>A z-update that changes nothing: z = q.</summary>
    private sealed class Wrong : ZSolver
    {
        public override string Name => "wrong";

        public override string Colour => "#000000";

        public override string? WhyNot(ZSolverContext context) => null;

        public override string Describe(ZSolverContext context) => "z = q";

        public override IZUpdate Create(ZSolverContext context) => new Update(context.Operator.Device);

        private sealed class Update(Device device) : IZUpdate
        {
            public void Solve(Tensor q, Tensor z) => device.Copy(q, z);

            public void Dispose()
            {
            }
        }
    }

    /// <summary>The k-th iterate is constant, k/16.</summary>
    private sealed class Counting(int iterations) : RestorationMethod
    {
        public override string Name => "counting";

        public override int Iterations => iterations;

        public override PreparedMethod Create(
            TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
            new Prepared(iterations);

        private sealed class Prepared(int iterations) : PreparedMethod
        {
            public override void Restore(Tensor x, Action<Tensor>? iterate)
            {
                for (int k = 1; k <= iterations; k++)
                {
                    x.Device.Fill(k / 16f, x);
                    iterate?.Invoke(x);
                }
            }
        }
    }

    /// <summary>Fails, or writes a value, on constant images of one brightness; else the result is black.</summary>
    private sealed class Failing(float brightness, float? value) : RestorationMethod
    {
        public override string Name => "failing";

        public override PreparedMethod Create(
            TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
            new Prepared(y, brightness, value);

        private sealed class Prepared(Tensor y, float brightness, float? value) : PreparedMethod
        {
            public override void Restore(Tensor x, Action<Tensor>? iterate)
            {
                bool fails = Math.Abs(y.ToArray()[0] - brightness) < 0.1;
                if (fails && value is null)
                {
                    throw new DeviceException("there is not enough memory");
                }

                x.Device.Fill(fails ? value!.Value : 0, x);
            }
        }
    }
}
