using InfAdmm.Engine;
using InfAdmm.Imaging.Evaluation;
using InfAdmm.Imaging.Files;
using InfAdmm.Imaging.Tasks;
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
