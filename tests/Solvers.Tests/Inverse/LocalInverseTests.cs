using InfAdmm.Engine;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;
using MathNet.Numerics.LinearAlgebra;

namespace InfAdmm.Solvers.Tests;

/// <summary>Inverses by filters that vary across the grid: analytic, trained, and their file.</summary>
public sealed class LocalInverseTests
{
    private const double Rho = 0.05;

    /// <summary>The kinds of operators that there are filters for.</summary>
    public static TheoryData<string> Kinds => ["periodic", "zero", "reflect", "valid", "varying", "masked"];

    /// <summary>
    /// Catches an adjoint of the filters that is not one, windows on the wrong side, a mask that lets missing
    /// measurements through, and a floor that is left out: then C is not symmetric with eigenvalues from c on.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_inverse_is_symmetric_and_at_least_its_floor(string kind) => Fixture.OnDevice(device =>
    {
        var grid = new Shape(1, 1, 11, 14);
        LocalModel model = Model(device, kind, grid);
        LocalFilters filters = Scrambled(LocalFilters.Analytic(model, Rho));
        using LocalInverse inverse = filters.ToInverse(device, model, Rho, grid);
        Matrix<double> matrix = Dense(device, inverse, grid);
        double floor = LocalFilters.Floor(model, Rho);
        double largest = matrix.L2Norm();
        Assert.InRange((matrix - matrix.Transpose()).L2Norm(), 0, 1e-5 * largest);
        double least = matrix.Evd(Symmetricity.Symmetric).EigenValues.Min(value => value.Real);
        Assert.True(least >= floor - 1e-5 * largest, $"{least} < {floor}");
        if (model.Mask is { } mask)
        {
            for (int i = 0; i < grid.PlaneSize; i++)
            {
                double rest = matrix.Row(i).AbsoluteMaximum();
                Assert.True(mask.Kept[i] || Math.Abs(rest - floor) < 1e-5 * floor, $"row {i}: {rest}");
            }
        }
    });

    /// <summary>
    /// Catches a filter that is shifted, turned, in the wrong scale or of the wrong anchor: with a large radius and a
    /// blur that does not vary, the analytic filters are the inverse itself.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Analytic_filters_of_a_large_radius_are_exact(int stride) => Fixture.OnDevice(device =>
    {
        var kernel = new BlurKernel(3, 4, [.. Enumerable.Range(1, 12).Select(i => i / 78.0)]);
        var model = new LocalModel(new KernelField([kernel, kernel, kernel, kernel], 2), stride, Boundary.Periodic);
        var grid = new Shape(1, 1, 32, 32);
        using var a = new BlurDownsample(
            device, kernel, stride, BlurDownsample.ImageOf(grid, kernel, stride, Boundary.Periodic));
        foreach (LocalModel each in (LocalModel[])[a.Local, model])
        {
            LocalFilters filters = LocalFilters.Analytic(each, rho: 0.3, radius: 12);
            using LocalInverse inverse = filters.ToInverse(device, each, 0.3, grid);
            using Tensor e = device.Allocate(grid, Fixture.Normal(grid.PlaneSize, 1));
            using Tensor w = device.Allocate(grid);
            inverse.Apply(e, w);
            double[] exact = InverseProblem.SolveByRows(a, a, 0.3, e.ToArray());
            // Windows on both sides square their sum of one to less between two anchors.
            Assert.InRange(Fixture.RelativeError(w, exact), 0, each == model ? 2e-2 : 1e-3);
        }
    });

    /// <summary>
    /// Catches a gradient that misses a filter, and noise that differs between the two terms of the loss: training must
    /// end below its start.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Training_beats_the_analytic_filters(string kind) => Fixture.OnDevice(device =>
    {
        LocalModel model = Model(device, kind, new Shape(1, 1, 16, 16));
        using var trainer = new LocalInverseTrainer(device, model, Rho, Rho, seed: 3, radius: 2);
        double first = 0;
        double last = 0;
        LocalFilters filters = trainer.Train(new TrainingBudget(Steps: 121), progress =>
        {
            first = first == 0 ? progress.RelativeError : first;
            last = progress.RelativeError;
        });
        LocalAccuracy accuracy = LocalInverseTrainer.Measure(device, filters, Rho);
        TestContext.Current.TestOutputHelper?.WriteLine($"{first} → {last}; {accuracy}");
        Assert.True(last < 0.95 * first, $"{first} → {last}");
        Assert.True(accuracy.Noise < accuracy.AnalyticNoise, accuracy.ToString());
        Assert.True(accuracy.Noise < 0.3 * accuracy.ScalarNoise, accuracy.ToString());
    });

    /// <summary>
    /// Catches filters that are turned, shifted or scaled between training and use: at the edges they have no symmetry,
    /// and the loss of the trained filters must be what the training reported.
    /// </summary>
    [Fact]
    public void Trained_filters_do_in_use_what_they_did_in_training() => Fixture.OnDevice(device =>
    {
        LocalModel model = Model(device, "zero", new Shape(1, 1, 16, 16));
        using var trainer = new LocalInverseTrainer(device, model, Rho, Rho, seed: 3, radius: 2);
        double reported = 0;
        LocalFilters filters =
            trainer.Train(new TrainingBudget(Steps: 161), progress => reported = progress.RelativeError);
        var grid = new Shape(4, 1, 48, 48);
        using var a = new BlurDownsample(
            device, BlurKernel.Gaussian(5, 1), 2, new Shape(4, 1, 96, 96), Boundary.Zero);
        using var normal = new NormalOperator(a, Rho);
        using LocalInverse inverse = filters.ToInverse(device, model, Rho, grid);
        using Tensor e = device.Allocate(grid, Fixture.Normal((int)grid.Count, 9));
        using Tensor once = device.Allocate(grid);
        using Tensor twice = device.Allocate(grid);
        normal.Apply(e, once);
        inverse.Apply(once, twice);
        double left = Fixture.RelativeError(twice, Array.ConvertAll(e.ToArray(), value => (double)value));
        inverse.Apply(e, once);
        normal.Apply(once, twice);
        double right = Fixture.RelativeError(twice, Array.ConvertAll(e.ToArray(), value => (double)value));
        double used = Math.Sqrt((left * left + right * right) / 2);
        Assert.InRange(used, 0.85 * reported, 1.15 * reported);
    });

    /// <summary>Catches training for one end of the range only, and interpolation between the wrong neighbours.</summary>
    [Fact]
    public void One_training_serves_a_range_of_rho() => Fixture.OnDevice(device =>
    {
        LocalModel model = Model(device, "zero", new Shape(1, 1, 16, 16));
        using var trainer = new LocalInverseTrainer(device, model, 1e-2, 1, seed: 3, radius: 2);
        LocalFilters filters = trainer.Train(new TrainingBudget(Steps: 250));
        foreach (double rho in (double[])[1e-2, 0.02, 0.1, 0.4, 1])
        {
            LocalAccuracy accuracy = LocalInverseTrainer.Measure(device, filters, rho);
            Assert.True(accuracy.Noise < accuracy.AnalyticNoise, $"ρ = {rho}: {accuracy}");
            Assert.True(filters.Fit(model, rho));
        }

        Assert.False(filters.Fit(model, 1.1));
        Assert.False(filters.Fit(model, 0.9e-2));
    });

    /// <summary>Catches a file that loses or reorders filters, and one that is accepted for another operator.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Files_keep_the_filters(string kind) => Fixture.OnDevice(device =>
    {
        using var directory = new TemporaryDirectory();
        var grid = new Shape(1, 1, 16, 16);
        LocalModel model = Model(device, kind, grid);
        LocalFilters filters = Scrambled(LocalFilters.Analytic(model, Rho));
        string path = directory.File("filters.safetensors");
        filters.Save(path);
        TrainedInverses inverses = TrainedInverses.Load(path);
        Assert.Empty(inverses.Networks);
        LocalFilters read = Assert.Single(inverses.Filters);
        Assert.True(read.Fit(model, Rho));
        Assert.All(
            Kinds.Select(row => row.Data).Where(other => other != kind),
            other => Assert.False(read.Fit(Model(device, other, grid), Rho)));
        Assert.False(read.Fit(model with { Stride = 1 }, Rho));
        using LocalInverse expected = filters.ToInverse(device, model, Rho, grid);
        using LocalInverse actual = read.ToInverse(device, model, Rho, grid);
        Matrix<double> matrix = Dense(device, expected, grid);
        Assert.InRange((Dense(device, actual, grid) - matrix).L2Norm(), 0, 1e-5 * matrix.L2Norm());
    });

    /// <summary>
    /// Catches damaged files that are read past their end, that end with an exception of .NET, or that give a wrong
    /// inverse in silence.
    /// </summary>
    [Theory]
    [InlineData("rho.1", "0.01", "do not rise")]
    [InlineData("rho.1", "nan", "rho.1")]
    [InlineData("rho_count", "7", "rho.3")]
    [InlineData("rho_count", "1", "'filters'")]
    [InlineData("anchor_rows", "5", "anchor_rows")]
    [InlineData("stride", "0", "stride")]
    [InlineData("stride", "1", "'filters'")]
    [InlineData("boundary", "open", "boundary")]
    [InlineData("masked", "maybe", "masked")]
    public void Damaged_files_are_refused(string key, string value, string named) => Fixture.OnDevice(device =>
    {
        LocalModel model = Model(device, "zero", new Shape(1, 1, 16, 16));
        using var trainer = new LocalInverseTrainer(device, model, Rho, 2 * Rho, radius: 1);
        using var directory = new TemporaryDirectory();
        string path = directory.File("filters.safetensors");
        trainer.Train(new TrainingBudget(Steps: 1)).Save(path);
        WeightSet weights = SafeTensorsFile.Load(path);
        var metadata = new Dictionary<string, string>(weights.Metadata) { [key] = value };
        InputException failure = Assert.Throws<InputException>(
            () => LocalFilters.FromWeights(new WeightSet(weights.Arrays, metadata), "f"));
        Assert.Contains(named, failure.Message);
        Assert.StartsWith("f: ", failure.Message);
        Assert.Throws<InputException>(() => LocalFilters.FromWeights(weights.Without("filters"), "f"));
        Assert.Throws<InputException>(() => LocalFilters.FromWeights(weights.Without("operator.kernels"), "f"));
    });

    /// <summary>Catches a damaged value that is finite, but would overflow in every product.</summary>
    [Fact]
    public void Values_that_no_inverse_has_are_refused() => Fixture.OnDevice(device =>
    {
        LocalModel model = Model(device, "masked", new Shape(1, 1, 16, 16));
        using var trainer = new LocalInverseTrainer(device, model, Rho, 2 * Rho, radius: 1);
        using var directory = new TemporaryDirectory();
        string path = directory.File("filters.safetensors");
        trainer.Train(new TrainingBudget(Steps: 1)).Save(path);
        WeightSet weights = SafeTensorsFile.Load(path);
        WeightArray filters = weights.Arrays["filters"];
        float[] values = [.. filters.Values];
        values[^1] = 1e18f;

        InputException refusal = Assert.Throws<InputException>(
            () => LocalFilters.FromWeights(weights.With("filters", filters with { Values = values }), "f"));

        Assert.Contains("1.0e18", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("ρ = 0.1", refusal.Message, StringComparison.Ordinal);
    });

    /// <summary>Catches filters that are not finite being returned as trained.</summary>
    [Fact]
    public void Training_that_diverges_is_an_error() => Fixture.OnDevice(device =>
    {
        LocalModel model = Model(device, "masked", new Shape(1, 1, 16, 16));
        using var trainer = new LocalInverseTrainer(device, model, 1e30, 1e30);
        InputException failure = Assert.Throws<InputException>(() => trainer.Train(
            new TrainingBudget(Steps: 2), cancellation: TestContext.Current.CancellationToken));
        Assert.Equal("rho", failure.Parameter);
    });

    /// <summary>Catches neighbours of a mask that are counted at the wrong place, or beyond the wrong edge.</summary>
    [Theory]
    [InlineData(Boundary.Periodic)]
    [InlineData(Boundary.Zero)]
    [InlineData(Boundary.Reflect)]
    public void The_filter_at_a_measurement_depends_on_its_neighbours(Boundary boundary) => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 1, 9, 19);
        Mask mask = Mask.Random(device, shape, 0.5, seed: 4);
        var kernel = new BlurKernel(2, 3, [0.1, 0.3, 0.05, 0.2, 0.15, 0.2]);
        using var a = new MaskedBlur(device, kernel, 1, shape, mask, boundary);
        var windows = FilterWindows.Of(a.Local, shape);
        PeriodicKernel gram = a.Local.Grams[0];
        for (int i = 0; i < shape.PlaneSize; i++)
        {
            double all = 0;
            double kept = 0;
            for (int u = -gram.RadiusY; u <= gram.RadiusY; u++)
            {
                for (int v = -gram.RadiusX; v <= gram.RadiusX; v++)
                {
                    double square = u == 0 && v == 0 ? 0 : gram[u, v] * gram[u, v];
                    int row = GridIndex.Beyond(i / shape.W + u, shape.H, KernelInverse.Padding(boundary));
                    int column = GridIndex.Beyond(i % shape.W + v, shape.W, KernelInverse.Padding(boundary));
                    all += square;
                    kept += row >= 0 && column >= 0 && mask.Kept[row * shape.W + column] ? square : 0;
                }
            }

            double share = 2 * kept / all;
            for (int kind = 0; kind < 3; kind++)
            {
                double expected = mask.Kept[i] ? Math.Max(1 - Math.Abs(share - kind), 0) : 0;
                Assert.Equal(expected, windows.Plane(kind, shape)[i], 1e-6);
            }
        }
    });

    /// <summary>Catches a grid on which windows or filters would not fit being accepted.</summary>
    [Fact]
    public void Small_grids_are_refused() => Fixture.OnDevice(device =>
    {
        LocalModel model = Model(device, "zero", new Shape(1, 1, 16, 16));
        LocalFilters filters = LocalFilters.Analytic(model, Rho);
        Assert.Null(filters.WhyNot(new Shape(1, 1, 7, 7)));
        Assert.Contains("7x6", filters.WhyNot(new Shape(1, 1, 6, 7)));
        Assert.Contains("2x9", LocalFilters.Analytic(model, Rho, radius: 0).WhyNot(new Shape(1, 1, 9, 2)));
    });

    private static LocalModel Model(Device device, string kind, Shape grid)
    {
        var kernel = BlurKernel.Gaussian(5, 1);
        return kind switch
        {
            "varying" => new LocalModel(KernelField.Field(2, 3, 5), 2, Boundary.Periodic),
            "masked" => new LocalModel(
                new KernelField([kernel], 1), 2, Boundary.Periodic, Mask.Random(device, grid, 0.6, 1)),
            _ => new LocalModel(new KernelField([kernel], 1), 2, Enum.Parse<Boundary>(kind, ignoreCase: true)),
        };
    }

    /// <summary>Filters that are all different and have no symmetry.</summary>
    private static LocalFilters Scrambled(LocalFilters filters)
    {
        float[] noise = Fixture.Normal(filters.Filters[0].Length, 5);
        float[] values = [.. filters.Filters[0].Select((value, i) => value + 0.05f * noise[i])];
        return new LocalFilters(filters.Model, [filters.LeastRho], [values], filters.Radius, "scrambled");
    }

    private static Matrix<double> Dense(Device device, LocalInverse inverse, Shape grid)
    {
        Matrix<double> matrix = Matrix<double>.Build.Dense(grid.PlaneSize, grid.PlaneSize);
        using Tensor e = device.Allocate(grid);
        using Tensor w = device.Allocate(grid);
        float[] values = new float[grid.PlaneSize];
        for (int column = 0; column < values.Length; column++)
        {
            Array.Clear(values);
            values[column] = 1;
            device.Upload(values, e);
            inverse.Apply(e, w);
            matrix.SetColumn(column, Array.ConvertAll(w.ToArray(), value => (double)value));
        }

        return matrix;
    }
}
