using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The learned prior applied once to the task's start: what a network alone makes of it.</summary>
/// <param name="weights">The prior.</param>
public sealed class NetworkMethod(PriorWeights weights) : RestorationMethod
{
    /// <inheritdoc/>
    public override string Name => RestorationMethods.Network;

    /// <inheritdoc/>
    public override string? WhyNot(Shape image) => weights.WhyNot(image);

    /// <inheritdoc/>
    public override Restorer Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
        new Application(linearOperator, y, weights);

    private sealed class Application : Restorer
    {
        private readonly TaskOperator _operator;
        private readonly Tensor _y;
        private readonly NetworkPrior _prior;
        private readonly TensorScope _scope;
        private readonly Tensor _start;
        private readonly Tensor _level;

        public Application(TaskOperator linearOperator, Tensor y, PriorWeights weights)
        {
            Device device = linearOperator.Device;
            _operator = linearOperator;
            _y = y;
            _prior = new NetworkPrior(device, weights, y, linearOperator.ImageShape);
            _scope = new TensorScope(device);
            _start = _scope.Allocate(linearOperator.ImageShape);
            _level = _scope.Add(device.Allocate(Shape.Scalar, [(float)weights.LevelOf(0)]));
        }

        public override void Restore(Tensor x, Action<Tensor>? iterate)
        {
            _operator.Start(_y, _start);
            _prior.Apply(_start, _level, x);
        }

        public override void Dispose()
        {
            _prior.Dispose();
            _scope.Dispose();
            base.Dispose();
        }
    }
}

/// <summary>ADMM with the learned prior; the result is z, the iterate that fits the measurement.</summary>
/// <param name="weights">The prior.</param>
/// <param name="rho">ρ of all iterations; null for those that were trained, or the best one for a mere denoiser.</param>
/// <param name="iterations">Of ADMM; null for as many as were trained.</param>
/// <param name="createSolver">Makes the z-update.</param>
public sealed class AdmmMethod(
    PriorWeights weights, double? rho, int? iterations, ZSolverFactory createSolver) : RestorationMethod
{
    /// <summary>What its parameter is called.</summary>
    public const string Rho = "rho";

    private const int EnoughForDenoiser = 10;

    /// <inheritdoc/>
    public override string Name => RestorationMethods.Admm;

    /// <inheritdoc/>
    public override int Iterations { get; } =
        iterations ?? (weights.Unroll > 0 ? weights.Rho.Count : EnoughForDenoiser);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Searched { get; } = rho is null && weights.Unroll == 0
        ? new Dictionary<string, double> { [Rho] = weights.RhoOf(0) }
        : new Dictionary<string, double>();

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Fixed { get; } = rho is { } given
        ? new Dictionary<string, double> { [Rho] = given }
        : weights.Unroll == 0
            ? new Dictionary<string, double>()
            : weights.Rho.Select((value, k) => (Name: $"{Rho}{k + 1}", Value: value))
                .ToDictionary(entry => entry.Name, entry => entry.Value);

    /// <inheritdoc/>
    public override string? WhyNot(Shape image) => weights.WhyNot(image);

    /// <inheritdoc/>
    public override Restorer Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters)
    {
        double? one = rho ?? (parameters.TryGetValue(Rho, out double found) ? found : null);
        return new Loop(
            linearOperator, y, one is { } value ? weights.WithRho(value) : weights, Iterations, createSolver);
    }

    private sealed class Loop(
        TaskOperator linearOperator, Tensor y, PriorWeights weights, int iterations, ZSolverFactory createSolver)
        : Restorer
    {
        private readonly PriorLoop _loop = new(
            linearOperator.Device, weights, y, linearOperator.ImageShape,
            rho => createSolver(linearOperator, y, rho));

        public override void Restore(Tensor x, Action<Tensor>? iterate)
        {
            linearOperator.Start(y, x);
            _loop.Start(x);
            for (int k = 0; k < iterations; k++)
            {
                _loop.Step();
                iterate?.Invoke(_loop.Z);
            }

            linearOperator.Device.Copy(_loop.Z, x);
        }

        public override void Dispose()
        {
            _loop.Dispose();
            base.Dispose();
        }
    }
}
