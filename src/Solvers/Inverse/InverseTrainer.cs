using System.Diagnostics;
using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Optimizers;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>The progress of a training run.</summary>
/// <param name="Step">The number of steps done.</param>
/// <param name="Fraction">The fraction of the budget used, 0 to 1.</param>
/// <param name="Seconds">The time since the start, in seconds.</param>
/// <param name="RelativeError">
/// The square root of half the loss: the distance of C B⁻¹ and B⁻¹ C from the identity.
/// </param>
public readonly record struct TrainingProgress(int Step, double Fraction, double Seconds, double RelativeError);

/// <summary>Relative errors ‖C e − B e‖ / ‖B e‖ of a trained inverse and of the best scalar.</summary>
/// <param name="Noise">The error on white noise.</param>
/// <param name="Smooth">The error on smooth inputs: noise blurred by a Gaussian of 2 pixels.</param>
/// <param name="ScalarNoise">The best scalar's error on the same noise.</param>
/// <param name="ScalarSmooth">The best scalar's error on the same smooth inputs.</param>
public readonly record struct InverseAccuracy(double Noise, double Smooth, double ScalarNoise, double ScalarSmooth);

/// <summary>
/// Trains C_φ ≈ μB from noise alone, with both sides in the loss (the paper's (10)): E ‖ε − C M ε‖² + ‖ε − M C ε‖², M =
/// B⁻¹/μ, the same ε in both terms. Adam, with a learning rate that falls over the budget along a cosine from
/// <see cref="LearningRate"/> to a thousandth of it.
/// </summary>
public sealed class InverseTrainer : IDisposable
{
    /// <summary>The least height and width of the measurements to train on.</summary>
    private const int LeastGridSize = 32;
    private const int ReportEvery = 20;

    private readonly Device _device;
    private readonly InverseProblem _problem;
    private readonly ulong _seed;
    private readonly ParameterArena _arena;
    private readonly Adam _adam;
    private readonly BlurDownsample _operator;
    private readonly NormalOperator _normal;
    private readonly Tensor _noise;
    private readonly Tensor _loss;

    /// <summary>Prepares a run.</summary>
    /// <param name="device">The device to train on.</param>
    /// <param name="problem">The operator to invert.</param>
    /// <param name="architecture">The architecture, with or without ReLU.</param>
    /// <param name="channels">Channels of the network: 1 works for any number of channels.</param>
    /// <param name="seed">The seed of the weights and the noise.</param>
    /// <param name="looksLinear">See <see cref="InverseNetwork.Initialize"/>.</param>
    public InverseTrainer(
        Device device, InverseProblem problem, InverseArchitecture architecture, int channels = 1, ulong seed = 0,
        bool looksLinear = true)
    {
        if (architecture == InverseArchitecture.Linear && channels != 1)
        {
            throw new InputException(
                $"{channels} channels are too many for the linear inverse, which acts on each channel alike: use 1")
            {
                Parameter = nameof(channels),
            };
        }

        _device = device;
        _problem = problem;
        _seed = seed;
        Network = new InverseNetwork(device, architecture, channels, problem.Boundary);
        Network.Initialize(seed, looksLinear);
        _arena = new ParameterArena(device, Network);

        // The linear network is trained as one kernel, which is cheap: a large batch compensates for the small images.
        int batch = architecture == InverseArchitecture.Linear ? 32 : 4;
        LearningRate = architecture == InverseArchitecture.Linear ? 2e-3f : 5e-4f;
        _adam = new Adam(_arena);
        var shape = new Shape(batch, channels, GridSize(problem), GridSize(problem));
        _operator = problem.CreateOperator(device, shape);
        _normal = new NormalOperator(_operator, problem.Rho);
        _noise = device.Allocate(shape);
        _loss = device.Allocate(Shape.Scalar);
    }

    /// <summary>The network that is trained.</summary>
    public InverseNetwork Network { get; }

    /// <summary>The initial learning rate.</summary>
    public float LearningRate { get; init; }

    /// <summary>Trains and returns the weights; reports every 20 steps and after the last one.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public InverseWeights Train(
        TrainingBudget budget, Action<TrainingProgress>? report = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        double used = 0;
        int step = 0;
        for (; used < 1; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            _adam.LearningRate = LearningRate * (float)(0.001 + 0.999 * 0.5 * (1 + Math.Cos(Math.PI * used)));
            Step(step);
            double seconds = clock.Elapsed.TotalSeconds;
            used = budget.FractionUsed(step + 1, seconds);
            if (step % ReportEvery == 0 || used >= 1)
            {
                double error = Math.Sqrt(_loss.ToScalar() / 2);
                report?.Invoke(new TrainingProgress(step + 1, Math.Min(used, 1), seconds, error));
            }
        }

        var metadata = new MetadataWriter { { "steps", step }, { "seed", _seed } };
        return InverseWeights.FromNetwork(_problem, Network, clock.Elapsed.TotalSeconds, metadata.Entries);
    }

    /// <summary>
    /// Measures an inverse against double precision, on inputs not used in training and on a larger grid.
    /// </summary>
    public static InverseAccuracy Measure(Device device, InverseWeights weights, ulong seed = 1)
    {
        var grid = new Shape(1, weights.Channels, 2 * GridSize(weights.Problem), 2 * GridSize(weights.Problem));
        using var scope = new TensorScope(device);
        using IGramInverse inverse = weights.ToInverse(device, grid);
        using BlurDownsample linearOperator = weights.Problem.CreateOperator(device, grid);
        Tensor noise = scope.Allocate(grid);
        Tensor smooth = scope.Allocate(grid);
        device.FillNormal(seed, ulong.MaxValue, noise);
        Tensor kernel = scope.Add(BlurKernel.Gaussian(13, 2).ToTensor(device));
        device.Blur(noise, kernel, 1, 1, null, smooth);
        double scalar = weights.Problem.BestScalar(grid);
        (double noiseError, double noiseScalar) =
            RelativeErrors(weights.Problem, linearOperator, inverse, noise, scalar);
        (double smoothError, double smoothScalar) =
            RelativeErrors(weights.Problem, linearOperator, inverse, smooth, scalar);
        return new InverseAccuracy(noiseError, smoothError, noiseScalar, smoothScalar);
    }

    /// <summary>Twice the kernel, so that the border does not dominate, and at least 32.</summary>
    private static int GridSize(InverseProblem problem)
    {
        int kernel = Math.Max(problem.Kernel.Height, problem.Kernel.Width);
        return Math.Max(LeastGridSize, 2 * ((kernel + problem.Stride - 1) / problem.Stride));
    }

    /// <summary>Frees the network and the optimizer.</summary>
    public void Dispose()
    {
        _adam.Dispose();
        _arena.Dispose();
        _normal.Dispose();
        _operator.Dispose();
        _noise.Dispose();
        _loss.Dispose();
    }

    private static (double Learned, double Scalar) RelativeErrors(
        InverseProblem problem, BlurDownsample linearOperator, IGramInverse inverse, Tensor e, double scalar)
    {
        using Tensor w = e.Device.Allocate(e.Shape);
        inverse.Apply(e, w);
        float[] input = e.ToArray();
        float[] actual = w.ToArray();
        double[] exact = problem.SolveExactly(linearOperator, input);
        double norm = exact.Sum(value => value * value);
        double error = exact.Zip(actual, (a, b) => (a - b) * (a - b)).Sum();
        double scalarError = exact.Zip(input, (a, b) => (a - scalar * b) * (a - scalar * b)).Sum();
        return (Math.Sqrt(error / norm), Math.Sqrt(scalarError / norm));
    }

    /// <summary>Takes one step. The loss stays on the device; reading it waits for the device.</summary>
    private void Step(int step)
    {
        _device.FillNormal(_seed, 16 + (ulong)step, _noise);
        using var graph = new Graph(_device);
        Variable noise = graph.Constant(_noise);
        Variable? collapsed = Network.Architecture == InverseArchitecture.Linear ? Network.Collapse(graph) : null;
        Variable left = Apply(ApplyNormal(noise), collapsed);
        Variable right = ApplyNormal(Apply(noise, collapsed));
        Variable loss = Functional.Combine(
            1, Functional.MeanSquaredError(left, noise), 1, Functional.MeanSquaredError(right, noise));
        graph.Backward(loss);
        _adam.Step();
        _device.Copy(loss.Data, _loss);
    }

    /// <summary>M x = B⁻¹ x / μ; M is symmetric.</summary>
    private Variable ApplyNormal(Variable x)
    {
        Variable scaled = Functional.Linear(x, x.Shape, _normal.Apply, _normal.Apply);
        return Functional.Combine((float)(1 / _problem.MeanEigenvalue), scaled, 0, scaled);
    }

    private Variable Apply(Variable x, Variable? collapsed)
    {
        if (collapsed is null)
        {
            return Network.Forward(x);
        }

        int size = InverseNetwork.CollapsedSize;
        Boundary padding = KernelInverse.Padding(_problem.Boundary);
        return Functional.Conv2d(x, collapsed, null, Conv2dSpec.Same(x.Shape, size, size, 1, padding));
    }
}
