using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>Relative errors ‖C e − B e‖ / ‖B e‖ of trained filters, of analytic ones and of the best scalar.</summary>
/// <param name="Noise">The error on white noise.</param>
/// <param name="Smooth">The error on smooth inputs: noise blurred by a Gaussian of 2 pixels.</param>
/// <param name="AnalyticNoise">The error of the analytic filters on the same noise.</param>
/// <param name="AnalyticSmooth">The error of the analytic filters on the same smooth inputs.</param>
/// <param name="ScalarNoise">The best scalar's error on the same noise.</param>
/// <param name="ScalarSmooth">The best scalar's error on the same smooth inputs.</param>
public readonly record struct LocalAccuracy(
    double Noise, double Smooth, double AnalyticNoise, double AnalyticSmooth, double ScalarNoise, double ScalarSmooth);

/// <summary>
/// Trains <see cref="LocalFilters"/> from noise alone, with the loss (10) of the paper: E ‖ε − C B⁻¹ ε‖² + ‖ε − B⁻¹ C ε‖²,
/// the same ε in both terms. Every step draws ρ from the range, uniformly in log ρ, and for a masked operator a new mask
/// too. It starts from the analytic filters and uses Adam with a learning rate that falls along a cosine.
/// </summary>
public sealed class LocalInverseTrainer : IDisposable
{
    /// <summary>The most decades of ρ between two sets of filters.</summary>
    private const double NodeSpacing = 0.25;

    private const int Batch = 4;
    private const int LeastGridSize = 48;
    private const int PixelsPerAnchor = 12;
    private const int ReportEvery = 20;
    private const double LeastKept = 0.2;
    private const double MostKept = 0.95;

    private readonly Device _device;
    private readonly LocalModel _model;
    private readonly ulong _seed;
    private readonly int _radius;
    private readonly double[] _rho;
    private readonly float[] _scales;
    private readonly Shape _grid;
    private readonly FilterNodes _nodes;
    private readonly ParameterArena _arena;
    private readonly Adam _adam;
    private readonly Tensor _noise;
    private readonly Tensor _loss;

    /// <summary>Prepares a run.</summary>
    /// <param name="device">The device to train on.</param>
    /// <param name="model">The operator; of a mask only that there is one matters.</param>
    /// <param name="leastRho">The smallest ρ.</param>
    /// <param name="largestRho">The largest ρ.</param>
    /// <param name="seed">The seed of ρ, noise and masks.</param>
    /// <param name="radius">The radius of the filters.</param>
    public LocalInverseTrainer(
        Device device, LocalModel model, double leastRho, double largestRho, ulong seed = 0,
        int radius = LocalFilters.DefaultRadius)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(leastRho);
        ArgumentOutOfRangeException.ThrowIfLessThan(largestRho, leastRho);
        _device = device;
        _model = model;
        _seed = seed;
        _radius = radius;
        double decades = Math.Log10(largestRho / leastRho);
        int count = (int)Math.Ceiling(decades / NodeSpacing - 1e-9) + 1;
        _rho = [.. Enumerable.Range(0, count).Select(i => i == count - 1 && count > 1
            ? largestRho
            : leastRho * Math.Pow(10, decades * i / Math.Max(count - 1, 1)))];
        float[][] start = [.. _rho.Select(rho => Start(model, rho, radius))];
        _scales = [.. start.Select(values => values.Max(Math.Abs))];
        int side = 2 * radius + 1;
        _nodes = new FilterNodes(device, new Shape(FilterWindows.Count(model), 1, side, side), start, _scales);
        _arena = new ParameterArena(device, _nodes);
        _adam = new Adam(_arena);
        _grid = TrainingGrid(model);
        _noise = device.Allocate(_grid);
        _loss = device.Allocate(Shape.Scalar);
    }

    /// <summary>The initial learning rate, relative to the largest entry of the filters.</summary>
    public float LearningRate { get; init; } = 3e-3f;

    /// <summary>Trains and returns the filters; reports every 20 steps and after the last one.</summary>
    /// <exception cref="InputException">Training diverged.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public LocalFilters Train(
        TrainingBudget budget, Action<TrainingProgress>? report = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var random = new Random((int)_seed);
        double used = 0;
        for (int step = 0; used < 1; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            _adam.LearningRate = LearningRate * (float)(0.001 + 0.999 * 0.5 * (1 + Math.Cos(Math.PI * used)));
            double rho = _rho[0] * Math.Pow(_rho[^1] / _rho[0], random.NextDouble());
            double kept = LeastKept + (MostKept - LeastKept) * random.NextDouble();
            Step(step, rho, kept);
            double seconds = clock.Elapsed.TotalSeconds;
            used = budget.FractionUsed(step + 1, seconds);
            if (step % ReportEvery == 0 || used >= 1)
            {
                double error = Math.Sqrt(_loss.ToScalar() / 2);
                report?.Invoke(new TrainingProgress(step + 1, Math.Min(used, 1), seconds, error));
            }
        }

        float[][] filters = [.. _nodes.Filters.Select((node, i) => Flipped(node.Data.ToArray(), _radius, _scales[i]))];
        if (!filters.All(values => FiniteValues.All(values)))
        {
            throw new InputException("training diverged: choose a range of ρ nearer to the eigenvalues of A Aᵀ")
            {
                Parameter = "rho",
            };
        }

        return new LocalFilters(_model, _rho, filters, _radius, "the trained filters")
        {
            TrainingSeconds = clock.Elapsed.TotalSeconds,
        };
    }

    /// <summary>
    /// Measures filters against double precision, on inputs and masks not used in training and on a larger grid.
    /// </summary>
    /// <param name="device">The device that runs them.</param>
    /// <param name="filters">The trained filters.</param>
    /// <param name="rho">The penalty ρ.</param>
    /// <param name="seed">The seed of the inputs and the mask.</param>
    public static LocalAccuracy Measure(Device device, LocalFilters filters, double rho, ulong seed = 1)
    {
        Shape grid = TrainingGrid(filters.Model) with { N = 1 };
        grid = grid with { H = grid.H * 3 / 2, W = grid.W * 3 / 2 };
        LocalModel model = filters.Model.Mask is null
            ? filters.Model
            : filters.Model with { Mask = Mask.Random(device, grid, 0.5, ulong.MaxValue - seed) };
        using ILinearOperator linearOperator = CreateOperator(device, model, grid);
        using var scope = new TensorScope(device);
        Tensor noise = scope.Allocate(grid);
        Tensor smooth = scope.Allocate(grid);
        device.FillNormal(seed, ulong.MaxValue, noise);
        Tensor kernel = scope.Add(BlurKernel.Gaussian(13, 2).ToTensor(device));
        device.Blur(noise, kernel, 1, 1, null, smooth);
        (double noiseLearned, double noiseAnalytic, double noiseScalar) = Errors(noise);
        (double smoothLearned, double smoothAnalytic, double smoothScalar) = Errors(smooth);
        return new LocalAccuracy(
            noiseLearned, smoothLearned, noiseAnalytic, smoothAnalytic, noiseScalar, smoothScalar);

        (double Learned, double Analytic, double Scalar) Errors(Tensor e)
        {
            float[] input = e.ToArray();
            model.Mask?.ClearMissing(input);
            device.Upload(input, e);
            double[] exact = InverseProblem.SolveByRows(linearOperator, (IMatrixRows)linearOperator, rho, input);
            double scalar = exact.Zip(input, (a, b) => a * b).Sum() / input.Sum(value => (double)value * value);
            return (
                Error(filters, e, exact), Error(LocalFilters.Analytic(model, rho, filters.Radius), e, exact),
                Relative(exact, [.. input.Select(value => (float)(scalar * value))]));
        }

        double Error(LocalFilters used, Tensor e, double[] exact)
        {
            using LocalInverse inverse = used.ToInverse(device, model, rho, grid);
            using Tensor w = device.Allocate(grid);
            inverse.Apply(e, w);
            return Relative(exact, w.ToArray());
        }

        static double Relative(double[] exact, float[] actual) => Math.Sqrt(
            exact.Zip(actual, (a, b) => (a - b) * (a - b)).Sum() / exact.Sum(value => value * value));
    }

    /// <summary>Frees the filters and the optimizer.</summary>
    public void Dispose()
    {
        _adam.Dispose();
        _arena.Dispose();
        _noise.Dispose();
        _loss.Dispose();
    }

    /// <summary>A grid with room for every anchor, and for the edges not to dominate.</summary>
    private static Shape TrainingGrid(LocalModel model)
    {
        int anchors = PixelsPerAnchor * Math.Max(model.Field.Rows, model.Field.Columns);
        int kernel = 2 * Math.Max(model.Grams[0].Height, model.Grams[0].Width);
        int size = Math.Max(LeastGridSize, Math.Max(anchors, kernel));
        return new Shape(Batch, 1, size, size);
    }

    /// <summary>The analytic filters, in the orientation of a convolution layer.</summary>
    private static float[] Start(LocalModel model, double rho, int radius) =>
        Flipped(LocalFilters.Analytic(model, rho, radius).Filters[0], radius, 1);

    /// <summary>
    /// Turns every filter by half a turn and multiplies it: a convolution layer correlates, a blur convolves.
    /// </summary>
    private static float[] Flipped(float[] filters, int radius, float scale)
    {
        int count = (2 * radius + 1) * (2 * radius + 1);
        return [.. filters.Chunk(count).SelectMany(filter => filter.Reverse().Select(value => scale * value))];
    }

    private void Step(int step, double rho, double kept)
    {
        // A mask is drawn with the seed of the step, so that a run can be repeated.
        ulong seed = _seed + (ulong)step;
        LocalModel model = _model.Mask is null
            ? _model
            : _model with { Mask = Mask.Random(_device, _grid, kept, seed) };
        using ILinearOperator linearOperator = CreateOperator(_device, model, _grid);
        using var normal = new NormalOperator(linearOperator, rho);
        _device.FillNormal(_seed, 16 + (ulong)step, _noise);
        if (model.Mask is { } mask)
        {
            float[] values = _noise.ToArray();
            mask.ClearMissing(values);
            _device.Upload(values, _noise);
        }

        using var windows = new WindowTensors(_device, FilterWindows.Of(model, _grid), _grid);
        using var graph = new Graph(_device);
        (int lower, float upper) = LocalFilters.Place(_rho, rho);
        int next = Math.Min(lower + 1, _rho.Length - 1);
        Variable filters = Functional.Combine(
            (1 - upper) * _scales[lower], graph.Use(_nodes.Filters[lower]),
            upper * _scales[next], graph.Use(_nodes.Filters[next]));
        double mean = rho + _model.MeanEigenvalue;
        float floor = (float)(mean * LocalFilters.Floor(_model, rho));
        Variable noise = graph.Constant(_noise);
        Variable left = Apply(ApplyNormal(noise), filters, windows, floor);
        Variable right = ApplyNormal(Apply(noise, filters, windows, floor));
        Variable loss = Functional.Combine(
            1, Functional.MeanSquaredError(left, noise), 1, Functional.MeanSquaredError(right, noise));
        graph.Backward(loss);
        _adam.Step();
        _device.Copy(loss.Data, _loss);

        Variable ApplyNormal(Variable x)
        {
            Variable applied = Functional.Linear(x, x.Shape, normal.Apply, normal.Apply);
            return Functional.Combine((float)(1 / mean), applied, 0, applied);
        }
    }

    /// <summary>μC x = μc·x + S Sᵀ x, with filters in the scale of √μ.</summary>
    private Variable Apply(Variable x, Variable filters, WindowTensors windows, float floor)
    {
        Shape spread = x.Shape with { C = windows.Count };
        int side = 2 * _radius + 1;
        var spec = Conv2dSpec.Same(x.Shape, side, side, 1, KernelInverse.Padding(_model.Boundary));
        Variable each = Functional.Linear(x, spread, windows.Spread, windows.Gather);
        Variable filtered = Functional.ConvTranspose2d(each, filters, null, spec, x.Shape);
        Variable again = Functional.Conv2d(filtered, filters, null, spec);
        Variable gathered = Functional.Linear(again, x.Shape, windows.Gather, windows.Spread);
        return Functional.Combine(floor, x, 1, gathered);
    }

    private static ILinearOperator CreateOperator(Device device, LocalModel model, Shape grid)
    {
        BlurKernel kernel = model.Field.Kernels[0];
        Shape image = BlurDownsample.ImageOf(grid, kernel, model.Stride, model.Boundary);
        return model switch
        {
            { Mask: { } mask } => new MaskedBlur(device, kernel, model.Stride, image, mask, model.Boundary),
            { Field.Kernels.Count: > 1 } =>
                new VaryingBlur(device, model.Field, model.Stride, image, model.Boundary),
            _ => new BlurDownsample(device, kernel, model.Stride, image, model.Boundary),
        };
    }

    /// <summary>The filters for each ρ, divided by their scale.</summary>
    private sealed class FilterNodes : Module
    {
        public FilterNodes(Device device, Shape shape, float[][] start, float[] scales)
        {
            Filters =
            [
                .. start.Select((values, i) =>
                {
                    var parameter = new Parameter(device, shape);
                    device.Upload(Array.ConvertAll(values, value => value / scales[i]), parameter.Data);
                    return Register(FormattableString.Invariant($"filters{i}"), parameter);
                }),
            ];
        }

        public IReadOnlyList<Parameter> Filters { get; }
    }

    /// <summary>The windows as full planes, for one plane per image.</summary>
    private sealed class WindowTensors : IDisposable
    {
        private readonly Device _device;
        private readonly TensorScope _scope;
        private readonly Tensor[] _planes;
        private readonly Tensor _one;

        public WindowTensors(Device device, FilterWindows windows, Shape grid)
        {
            _device = device;
            _scope = new TensorScope(device);
            _one = _scope.Add(device.Allocate(Shape.Scalar, [1]));
            _planes =
            [
                .. Enumerable.Range(0, windows.Rows * windows.Columns).Select(j => _scope.Add(
                    device.Allocate(Shape.Vector(grid.PlaneSize), windows.Plane(j, grid)))),
            ];
        }

        public int Count => _planes.Length;

        /// <summary>(N, 1, H, W) → (N, windows, H, W): each plane is the input times a window.</summary>
        public void Spread(Tensor x, Tensor y)
        {
            Shape line = Shape.Vector(x.Shape.PlaneSize);
            for (int i = 0; i < y.Shape.Planes; i++)
            {
                Tensor from = x.Slice((long)(i / Count) * line.Count, line);
                _device.Taper(from, _one, _planes[i % Count], 1, null, y.Slice(i * line.Count, line));
            }
        }

        /// <summary>The adjoint: each image is the sum of its planes times their windows.</summary>
        public void Gather(Tensor y, Tensor x)
        {
            Shape line = Shape.Vector(x.Shape.PlaneSize);
            for (int i = 0; i < y.Shape.Planes; i++)
            {
                Tensor to = x.Slice((long)(i / Count) * line.Count, line);
                Tensor? addend = i % Count == 0 ? null : to;
                _device.Taper(y.Slice(i * line.Count, line), _one, _planes[i % Count], 1, addend, to);
            }
        }

        public void Dispose() => _scope.Dispose();
    }
}
