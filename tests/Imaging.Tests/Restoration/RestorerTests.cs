using InfAdmm.Engine;
using InfAdmm.Imaging.Metrics;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Nn.Autograd;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>Restoration of whole pictures: margins, tiles and channels must not change the result.</summary>
public sealed class RestorerTests
{
    /// <summary>
    /// Catches visible tiles: wrong positions or weights, a halo that is too narrow, a shifted network.
    /// </summary>
    [Theory]
    [InlineData("sr4", 150, 71, 55)]
    [InlineData("color-sr2", 70, 299, 55)]
    [InlineData("deblur", 301, 310, 50)]
    public void Tiles_do_not_show(string name, int height, int width, double least) => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.Find(name));
        var shape = new Shape(1, weights.Task.GreyWeights is null ? 3 : 1, height, width);
        float[] y = Measured(device, weights.Task, shape);
        using var whole = new Restorer(device, weights, new RestorationOptions { Tile = 0 });
        using var tiled = new Restorer(device, weights, new RestorationOptions { Tile = 256 });
        double done = 0;
        int reports = 0;

        float[] expected = whole.Restore(y, shape);
        float[] actual = tiled.Restore(y, shape, part =>
        {
            Assert.True(part >= done);
            done = part;
            reports++;
        });

        Assert.True(reports > 2, "the picture was not cut");
        Assert.Equal(1, done);

        // Without a halo, 39, 51 and 46 dB. The outermost pixels of a blurred picture depend on the width of the margin.
        Assert.InRange(ImageMetrics.Psnr(actual, expected), least, double.PositiveInfinity);
    });

    /// <summary>
    /// Catches windows that miss pixels or start off the network's grid, and weights that do not add up to one.
    /// </summary>
    [Theory]
    [InlineData(1, 256, 129, 4, 1)]
    [InlineData(256, 256, 129, 4, 1)]
    [InlineData(257, 256, 132, 4, 1)]
    [InlineData(1000, 256, 132, 4, 1)]
    [InlineData(1003, 257, 128, 4, 1)]
    [InlineData(333, 64, 33, 1, 4)]
    [InlineData(9999, 0, 33, 1, 1)]
    public void Windows_cover_an_axis(int length, int side, int overlap, int unit, int scale)
    {
        const int Ramp = 32;
        var axis = WindowAxis.Create(length, side, overlap, unit);
        double[] sums = new double[length * scale];
        for (int window = 0; window < axis.Count; window++)
        {
            Assert.Equal(0, axis.Start(window) % unit);
            float[] weights = axis.Weights(window, scale, Ramp);
            for (int i = 0; i < weights.Length; i++)
            {
                sums[axis.Start(window) * scale + i] += weights[i];
            }

            bool cutBefore = window > 0;
            bool cutAfter = window < axis.Count - 1;
            Assert.Equal(cutBefore ? 0f : 1f, weights[0]);
            Assert.Equal(cutAfter ? 0f : 1f, weights[^1]);
        }

        Assert.All(sums, sum => Assert.InRange(sum, 1 - 1e-6, 1 + 1e-6));
        Assert.True(side == 0 || axis.Side < side + unit);
    }

    /// <summary>Catches a margin that changes the picture, or leaves a jump where A wraps around.</summary>
    [Theory]
    [InlineData(1, 9, 4)]
    [InlineData(5, 40, 16)]
    [InlineData(60, 100, 20)]
    [InlineData(60, 60, 0)]
    public void A_margin_makes_the_ends_meet(int length, int extended, int before)
    {
        var axis = new EdgeExtension(length, extended, before);
        var one = new EdgeExtension(1, 1, 0);
        float[] ramp = [.. Enumerable.Range(0, length).Select(i => (float)i)];
        float[] result = new float[extended];
        EdgeExtension.Apply(ramp, length, 0, 0, one, axis, result);
        float[] column = new float[extended];
        EdgeExtension.Apply(ramp, 1, 0, 0, axis, one, column);

        Assert.Equal(result, column);
        Assert.Equal(ramp, result[before..(before + length)]);
        if (extended > length)
        {
            // The ends of the ramp differ by length − 1: no step in the margin may be that large.
            double largest = Enumerable.Range(0, extended)
                .Max(i => Math.Abs(result[i] - result[(i + 1) % extended]));
            Assert.InRange(largest, 0, 1 + 2.0 * length / (extended - length));
        }
    }

    /// <summary>Catches deblurring that rings at the edges of a non-periodic picture.</summary>
    [Fact]
    public void Edges_do_not_ring() => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.Deblurring, correction: 0);
        using var restorer = new Restorer(device, weights);
        var shape = new Shape(1, 1, 48, 60);
        float[] y = new float[shape.Count];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = 0.1f + 0.8f * (i % shape.W) / shape.W;
        }

        float[] x = restorer.Restore(y, shape);

        // A linear ramp is unchanged by a symmetric blur; the jump between its ends must not spread. Without a margin,
        // this is 11 dB.
        Assert.InRange(ImageMetrics.Psnr(x, y), 40, double.PositiveInfinity);
    });

    /// <summary>
    /// Catches colour in the result of a grey picture, and grey pictures that are rejected or restored differently.
    /// </summary>
    [Fact]
    public void A_grey_picture_stays_grey() => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.SuperResolution);
        using var restorer = new Restorer(device, weights);
        var grey = new Shape(1, 1, 9, 13);
        float[] y = Picture(grey);

        float[] x = restorer.Restore(y, grey);
        float[] colour = restorer.Restore([.. y, .. y, .. y], grey with { C = 3 });

        Assert.Equal(new Shape(1, 1, 36, 52), restorer.RestoredShape(grey));
        for (int i = 0; i < x.Length; i++)
        {
            float mean = (colour[i] + colour[x.Length + i] + colour[2 * x.Length + i]) / 3;
            Assert.Equal(mean, x[i], 1e-5);
        }
    });

    /// <summary>
    /// Catches a grey picture that the colour prior restores although there is one for it, and the reverse.
    /// </summary>
    [Fact]
    public void A_grey_picture_is_restored_with_the_prior_for_it() => Fixture.OnDevice(device =>
    {
        PriorWeights colour = ShippedWeights.Denoiser(ImageTasks.Deblurring);
        PriorWeights forGrey = ShippedWeights.Denoiser(ImageTasks.Deblurring, channels: 1);
        using var both = new Restorer(device, colour, new RestorationOptions { GreyPrior = forGrey, Iterations = 1 });
        using var onlyGrey = new Restorer(device, forGrey, new RestorationOptions { Iterations = 1 });
        using var onlyColour = new Restorer(device, colour, new RestorationOptions { Iterations = 1 });
        var grey = new Shape(1, 1, 24, 20);
        float[] y = Picture(grey);
        float[] inColour = Picture(grey with { C = 3 });

        Assert.Equal(onlyGrey.Restore(y, grey), both.Restore(y, grey));
        Assert.Equal(onlyColour.Restore(inColour, grey with { C = 3 }), both.Restore(inColour, grey with { C = 3 }));
        Assert.NotEqual(onlyColour.Restore(y, grey), both.Restore(y, grey));
        Assert.Equal(grey, both.RestoredShape(grey));
        Assert.Equal(forGrey.Source, both.PriorOf(grey).Source);
        Assert.Equal(colour.Source, both.PriorOf(grey with { C = 3 }).Source);
    });

    /// <summary>
    /// Catches a mirrored margin that stays as the Wiener filter left it, and with unknown edges a margin whose values
    /// reach the data term, and a mask that is shifted or inverted. The picture was blurred with its surroundings, which
    /// the restoration does not see.
    /// </summary>
    /// <param name="edges">How the margin is treated.</param>
    /// <param name="least">The least PSNR of the outer pixels, in dB.</param>
    [Theory]
    [InlineData(EdgeModel.Mirrored, 23.5)]
    [InlineData(EdgeModel.Unknown, 25)]
    public void The_margin_does_not_spoil_the_edges(EdgeModel edges, double least) => Fixture.OnDevice(device =>
    {
        const int Border = 16;
        const int Outer = 8;
        PriorWeights denoiser = ShippedWeights.Denoiser(ImageTasks.Deblurring, channels: 1);
        var whole = new Shape(1, 1, 112, 128);
        var shape = new Shape(1, 1, whole.H - 2 * Border, whole.W - 2 * Border);
        using var a = new TaskOperator(device, ImageTasks.Deblurring, whole);
        using Tensor truth = device.Allocate(whole, Picture(whole));
        using Tensor blurred = device.Allocate(whole);
        a.Measure(truth, seed: 1, stream: 0, blurred);
        using var restorer = new Restorer(device, denoiser, new RestorationOptions { Edges = edges });

        float[] x = restorer.Restore(Inner(blurred.ToArray()), shape);

        float[] expected = Inner(truth.ToArray());
        double sum = 0;
        int count = 0;
        for (int i = 0; i < x.Length; i++)
        {
            (int row, int column) = (i / shape.W, i % shape.W);
            if (Math.Min(Math.Min(row, shape.H - 1 - row), Math.Min(column, shape.W - 1 - column)) < Outer)
            {
                sum += Math.Pow(x[i] - expected[i], 2);
                count++;
            }
        }

        // 24.3 dB mirrored, and 22.7 with a margin that stays; 25.5 with unknown edges.
        Assert.InRange(-10 * Math.Log10(sum / count), least, double.PositiveInfinity);

        float[] Inner(float[] values) =>
        [
            .. Enumerable.Range(0, (int)shape.Count).Select(
                i => values[(i / shape.W + Border) * whole.W + i % shape.W + Border]),
        ];
    });

    /// <summary>Catches a picture that its margin shifts by one pixel.</summary>
    [Theory]
    [InlineData("sr4", 5, 8)]
    [InlineData("sr4", 17, 31)]
    [InlineData("deblur", 25, 38)]
    [InlineData("color-sr2", 21, 18)]
    public void A_restored_picture_stands_where_its_measurement_does(string name, int height, int width) =>
        Fixture.OnDevice(device =>
        {
            PriorWeights weights = Weights(device, ImageTasks.Find(name), correction: 0);
            using var restorer = new Restorer(device, weights, new RestorationOptions { Iterations = 1 });
            var shape = new Shape(1, 1, height, width);

            // Waves whose sign the motion blur does not change.
            float step = weights.Task.Stride == 1 ? 0.2f : 0.7f;
            float[] y = new float[shape.Count];
            for (int i = 0; i < y.Length; i++)
            {
                y[i] = 0.5f + 0.2f * MathF.Sin(step * (i % width) + 1) * MathF.Cos(step * (i / width));
            }

            float[] x = restorer.Restore(y, shape);

            // Without a correction, the rest of the loop only smoothes and sharpens, and shifts nothing.
            Shape restored = restorer.RestoredShape(shape);
            float[] expected = BicubicUpsampling.Apply(y, shape, weights.Task.Stride);
            var errors = new Dictionary<(int, int), double>();
            for (int down = -1; down <= 1; down++)
            {
                for (int right = -1; right <= 1; right++)
                {
                    errors[(down, right)] = Error(down, right);
                }
            }

            Assert.Equal((0, 0), errors.MinBy(entry => entry.Value).Key);

            double Error(int down, int right)
            {
                double sum = 0;
                for (int i = 1; i < restored.H - 1; i++)
                {
                    for (int j = 1; j < restored.W - 1; j++)
                    {
                        double error = x[(i + down) * restored.W + j + right] - expected[i * restored.W + j];
                        sum += error * error;
                    }
                }

                return sum;
            }
        });

    /// <summary>Catches a bound or a count of another picture or tile, and a bound that nobody asked for.</summary>
    [Fact]
    public void Errors_of_z_updates_are_bounded_if_asked_for() => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.Deblurring);
        var shape = new Shape(1, 3, 40, 40);
        using (var plain = new Restorer(device, weights))
        {
            plain.Restore(Picture(shape), shape);
            Assert.Null(plain.LastCertificate);
            Assert.Null(plain.LastGuardedSteps);
        }

        double exact = Bound("cg", null).Certificate!.Value;
        Assert.InRange(exact, 1e-9, 1e-4);
        Assert.Null(Bound("cg", null).Guarded);

        // One correction is not enough: the guard has to help in every z-update of every tile.
        (double? bound, int? guarded, int updates) = Bound("learned-local", 1e-5);
        Assert.InRange(bound!.Value, 1e-9, 1e-5);
        Assert.Equal(updates, guarded);

        (double? Certificate, int? Guarded, int Updates) Bound(string solver, double? guard)
        {
            using var restorer = new Restorer(device, weights, new RestorationOptions
            {
                ZSolver = ZSolverChoice.Named(solver) with
                {
                    GuardTolerance = guard ?? 1e-3,
                    Filters = [LocalFilters.Analytic(Model(), weights.Rho[0], LocalFilters.DefaultRadius)],
                },
            });
            restorer.Restore(Picture(shape), shape);
            Assert.Equal(2, restorer.LastZUpdates);
            return (restorer.LastCertificate, restorer.LastGuardedSteps, restorer.LastZUpdates);
        }

        LocalModel Model()
        {
            using var a = new TaskOperator(device, weights.Task, new Shape(1, 3, 64, 64));
            return a.Linear.Local!;
        }
    });

    /// <summary>Catches a workspace that is reused for another shape, or not freed, and a start from the last picture.</summary>
    [Theory]
    [InlineData("color-sr2", 1)]
    [InlineData("deblur", 3)]
    public void Pictures_do_not_depend_on_those_before(string task, int channels) => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.Find(task));
        using var restorer = new Restorer(device, weights);
        Shape[] shapes =
            [new(1, channels, 12, 14), new(1, channels, 14, 12), new(1, channels, 14, 12), new(1, channels, 12, 14)];
        float[][] results = [.. shapes.Select(shape => restorer.Restore(Picture(shape), shape))];

        Assert.Equal(results[0], results[3]);
        Assert.Equal(results[1], results[2]);
    });

    /// <summary>Catches options that are not used.</summary>
    [Fact]
    public void Penalty_solver_and_iterations_are_those_asked_for() => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.Deblurring);
        var shape = new Shape(1, 3, 20, 20);
        float[] y = Picture(shape);
        float[] usual = Restore(new RestorationOptions());

        Assert.NotEqual(usual, Restore(new RestorationOptions { Rho = 1 }));
        Assert.NotEqual(usual, Restore(new RestorationOptions { Iterations = 1 }));
        double psnr = ImageMetrics.Psnr(usual, Restore(new RestorationOptions { ZSolver = ZSolverChoice.Named("cg") }));
        Assert.InRange(psnr, 60, double.PositiveInfinity);
        float[] mirrored = Restore(new RestorationOptions { Edges = EdgeModel.Mirrored });
        Assert.NotEqual(usual, mirrored);
        Assert.Equal(mirrored, Restore(new RestorationOptions { Iterations = 2, ZSolver = ZSolverChoice.Named("fft") }));

        float[] Restore(RestorationOptions options)
        {
            using var restorer = new Restorer(device, weights, options);
            return restorer.Restore(y, shape);
        }
    });

    /// <summary>Catches pictures and options that fail late, or with a message that does not say what to do.</summary>
    [Fact]
    public void What_cannot_be_done_is_said_before() => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.Colorization);
        Assert.Contains("choose", Assert.Throws<InputException>(() => ZSolverChoice.Named("newton")).Message);
        AssertRefused("no weights", new RestorationOptions { ZSolver = ZSolverChoice.Named("learned") });
        var lacking = PriorWeights.FromWeights(weights.Weights.Without("network.tail.bias"), "file");
        Assert.Contains(
            "network.tail.bias",
            Assert.Throws<InputException>(() => new Restorer(device, lacking).Dispose()).Message);
        AssertRefused("trained for the kernel", Other(BlurKernel.Gaussian(5, 1)));
        AssertRefused("for the task", new RestorationOptions { Task = ImageTasks.Deblurring });
        AssertRefused("no unknown edges", new RestorationOptions { Edges = EdgeModel.Unknown });
        using (var restorer = new Restorer(device, weights))
        {
            Assert.Contains("grey", restorer.WhyNot(new Shape(1, 3, 8, 8)));
            Assert.Contains("too small", restorer.WhyNot(new Shape(1, 1, 1, 1)));
            Assert.Contains("too large", restorer.WhyNot(new Shape(1, 1, 20_000, 20_000)));
            Assert.Null(restorer.WhyNot(new Shape(1, 1, 2, 2)));
            Assert.Throws<InputException>(() => Restore(restorer, new float[192], new Shape(1, 3, 8, 8)));
            Assert.Throws<ShapeException>(() => Restore(restorer, new float[5], new Shape(1, 1, 2, 2)));
        }

        RestorationOptions Other(BlurKernel kernel) => new() { Task = weights.Task with { Kernel = kernel } };

        static float[] Restore(Restorer restorer, float[] y, Shape shape) =>
            restorer.Restore(y, shape, cancellation: TestContext.Current.CancellationToken);

        void AssertRefused(string mention, RestorationOptions options)
        {
            InputException refusal = Assert.Throws<InputException>(
                () => new Restorer(device, weights, options).Dispose());
            Assert.Contains(mention, refusal.Message);
            Assert.DoesNotContain("infadmm", refusal.Message);
        }
    });

    /// <summary>Catches deblurring that always uses the kernel of its training.</summary>
    [Fact]
    public void Deblurring_takes_any_kernel() => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.Deblurring);
        ImageTask task = weights.Task with { Kernel = BlurKernel.Gaussian(5, 1) };
        using var usual = new Restorer(device, weights);
        using var other = new Restorer(device, weights, new RestorationOptions { Task = task });
        var shape = new Shape(1, 3, 24, 25);
        float[] y = Picture(shape);

        Assert.False(usual.HasForeignKernel);
        Assert.True(other.HasForeignKernel);
        Assert.NotEqual(usual.Restore(y, shape), other.Restore(y, shape));
    });

    /// <summary>Catches a size that the documentation promises and a kernel, a tile or the margin refuses.</summary>
    [Theory]
    [InlineData("sr4")]
    [InlineData("deblur")]
    [InlineData("color-sr2")]
    public void Pictures_of_any_size_from_two_by_two_are_restored(string name) => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.Find(name));
        using var restorer = new Restorer(device, weights);
        int channels = weights.Task.GreyWeights is null ? 3 : 1;
        foreach ((int height, int width) in ((int, int)[])[(2, 2), (2, 9), (5, 3), (31, 2)])
        {
            var shape = new Shape(1, channels, height, width);
            float[] x = restorer.Restore(
                Picture(shape), shape, cancellation: TestContext.Current.CancellationToken);
            Assert.Equal(restorer.RestoredShape(shape).Count, x.Length);
            Assert.All(x, value => Assert.True(float.IsFinite(value)));
        }

        Assert.Contains("at least 2x2", restorer.WhyNot(new Shape(1, channels, 1, 50)));
    });

    /// <summary>Catches a result that is moved in the wrong direction, or a tile that is moved differently.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public void Centered_pixels_move_the_result(int tile) => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.SuperResolution);
        using var grid = new Restorer(device, weights, new RestorationOptions { Tile = 0 });
        using var center = new Restorer(
            device, weights, new RestorationOptions { Alignment = PixelAlignment.Center, Tile = tile });
        var shape = new Shape(1, 3, 90, 80);
        float[] y = Measured(device, weights.Task, shape);
        Shape restored = grid.RestoredShape(shape);
        float[] expected = grid.Restore(y, shape, cancellation: TestContext.Current.CancellationToken);
        float[] actual = center.Restore(y, shape, cancellation: TestContext.Current.CancellationToken);
        SubpixelShift.Apply(expected, restored, 1.5, 1.5);

        // At the edges the restorer uses its margin, and the shift of the whole picture its other side.
        for (int i = 0; i < actual.Length; i++)
        {
            int row = i % restored.PlaneSize / restored.W;
            int column = i % restored.W;
            if (row is >= 8 && row < restored.H - 8 && column is >= 8 && column < restored.W - 8)
            {
                Assert.Equal(expected[i], actual[i], tile == 0 ? 1e-5f : 5e-2f);
            }
        }
    });

    /// <summary>Catches pictures that are not numbers, which would be written as black ones.</summary>
    [Fact]
    public void Values_that_are_not_finite_are_refused() => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.SuperResolution);
        using var restorer = new Restorer(device, weights);
        var shape = new Shape(1, 3, 8, 8);
        float[] y = Picture(shape);
        y[77] = float.NaN;
        Assert.Throws<ArgumentException>(() => Restore(restorer, y));
        y[77] = float.MaxValue;
        Assert.Throws<ArithmeticException>(() => Restore(restorer, y));
        y[77] = 0.5f;
        Assert.All(Restore(restorer, y), value => Assert.True(float.IsFinite(value)));

        float[] Restore(Restorer restorer, float[] values) =>
            restorer.Restore(values, shape, cancellation: TestContext.Current.CancellationToken);
    });

    /// <summary>
    /// Catches memory that is allocated for every picture, and a result that depends on what the caller's buffer held.
    /// </summary>
    [Theory]
    [InlineData("sr4", 3)]
    [InlineData("deblur", 3)]
    [InlineData("deblur", 1)]
    [InlineData("color-sr2", 1)]
    public void A_prepared_restorer_allocates_nothing(string task, int channels) => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.Find(task));
        using var restorer = new Restorer(device, weights, new RestorationOptions { Tile = 96 });
        var shape = new Shape(1, channels, 20, 132);
        float[] y = Picture(shape);
        float[] x = new float[restorer.RestoredShape(shape).Count];
        Array.Fill(x, float.NaN);
        CancellationToken running = TestContext.Current.CancellationToken;
        restorer.Prepare(shape, running);

        Allocations.AssertNone(() => restorer.Restore(y, shape, x.AsSpan(), cancellation: running));

        Assert.Equal(restorer.Restore(y, shape, cancellation: running), x);
        Assert.Throws<ShapeException>(() => restorer.Restore(y, shape, x.AsSpan(1), cancellation: running));
        Assert.Throws<ShapeException>(() => restorer.Prepare(shape with { N = 2 }, running));
    });

    /// <summary>Catches a cancellation that waits for the whole picture, or leaves the restorer unusable.</summary>
    [Fact]
    public void Cancellation_ends_a_picture() => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.SuperResolution);
        using var restorer = new Restorer(device, weights);
        var shape = new Shape(1, 3, 8, 8);
        float[] y = Picture(shape);
        CancellationToken running = TestContext.Current.CancellationToken;
        float[] expected = restorer.Restore(y, shape, cancellation: running);

        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => restorer.Restore(y, shape, cancellation: cancelled));
        Assert.Throws<OperationCanceledException>(() => restorer.Prepare(shape, cancelled));
        Assert.Throws<OperationCanceledException>(() => restorer.Prepare(8, 8, cancelled));
        Assert.Equal(expected, restorer.Restore(y, shape, cancellation: running));
    });

    /// <summary>Catches a large picture that is restored to prepare for it, instead of one of its windows.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public void One_window_prepares_for_a_picture(int? continued) => Fixture.OnDevice(device =>
    {
        PriorWeights weights = Weights(device, ImageTasks.SuperResolution);
        using var restorer = new Restorer(
            device, weights, new RestorationOptions { Tile = 96, ContinuedIterations = continued });
        CancellationToken running = TestContext.Current.CancellationToken;

        restorer.Prepare(new Shape(1, 3, 2_000, 2_000), running);

        Assert.Equal(restorer.LastIterations, restorer.LastZUpdates);
    });

    /// <summary>Edges, waves and texture on [0, 1].</summary>
    private static float[] Picture(Shape shape)
    {
        float[] noise = Fixture.Normal((int)shape.Count, seed: 3);
        float[] values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            int row = i / shape.W % shape.H;
            int column = i % shape.W;
            float step = (row / 23 + column / 17) % 2 == 0 ? 0.2f : 0.7f;
            values[i] = step + 0.1f * MathF.Sin(0.3f * row + 0.11f * column) + 0.02f * noise[i];
        }

        return values;
    }

    private static float[] Measured(Device device, ImageTask task, Shape shape)
    {
        Shape image = shape.Upsampled(task.Stride) with { C = 3 };
        using var measuring = new TaskOperator(device, task, image);
        using Tensor truth = device.Allocate(image, Picture(image));
        using Tensor y = device.Allocate(shape);
        measuring.Measure(truth, seed: 1, stream: 0, y);
        return y.ToArray();
    }

    private static PriorWeights Weights(Device device, ImageTask task, float correction = 1)
    {
        const int Steps = 2;
        using var network = new PriorNetwork(device, task, 3, PriorArchitecture.Default, Steps);
        network.Initialize(seed: 8);
        foreach ((string parameter, Parameter value) in network.NamedParameters())
        {
            if (parameter.StartsWith("network.tail", StringComparison.Ordinal))
            {
                device.Combine(correction, value.Data, 0, value.Data, value.Data);
            }
        }

        var options = new PriorTrainingOptions(task, PriorArchitecture.Default, new Shape(1, 3, 16, 16));
        return PriorWeights.FromNetwork(options, network, steps: 1, trainingSeconds: 0);
    }
}
