using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>ADMM with the learned prior; the result is z, the iterate that fits the measurement.</summary>
/// <param name="weights">The prior.</param>
/// <param name="rho">
/// One ρ for all iterations; null for the trained values, or for the best one by search if the prior was trained only
/// as a denoiser.
/// </param>
/// <param name="iterations">The number of ADMM iterations; null for the trained number.</param>
/// <param name="solver">The z-update.</param>
public sealed class AdmmMethod(
    PriorWeights weights, double? rho, int? iterations, ZSolverChoice solver) : RestorationMethod
{
    /// <summary>The name of the parameter ρ.</summary>
    public const string Rho = "rho";

    private const int EnoughForDenoiser = 10;

    /// <summary>The kind of the method: one method is created for each requested ρ.</summary>
    public static MethodKind Kind { get; } = new("admm", _ => null, CreateAll) { NeedsPrior = true };

    /// <inheritdoc/>
    public override string Name => Kind.Name;

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
    public override PreparedMethod Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters)
    {
        double? one = rho ?? (parameters.TryGetValue(Rho, out double found) ? found : null);
        PriorWeights chosen = one is { } value ? weights.WithRho(value) : weights;
        return new Loop(linearOperator, y, chosen, Iterations, solver);
    }

    private static IEnumerable<RestorationMethod> CreateAll(ImageTask task, MethodOptions options)
    {
        PriorWeights weights = options.PriorFor(task);
        double?[] all = options.Rho is { Count: > 0 } given ? [.. given.Select(rho => (double?)rho)] : [null];
        return all.Select(rho => new AdmmMethod(weights, rho, options.Iterations, options.ZSolver));
    }

    private sealed class Loop(
        TaskOperator linearOperator, Tensor y, PriorWeights weights, int iterations, ZSolverChoice solver)
        : PreparedMethod
    {
        private readonly PriorLoop _loop = new(linearOperator, y, weights, solver);
        private readonly IStartEstimate _start = linearOperator.Task.Start.Create(linearOperator, y);

        public override void Restore(Tensor x, Action<Tensor>? iterate)
        {
            _start.Apply(x);
            _loop.Start(x);
            for (int k = 0; k < iterations; k++)
            {
                _loop.Step();
                iterate?.Invoke(_loop.Z);
            }

            x.Device.Copy(_loop.Z, x);
        }

        public override void Dispose()
        {
            _loop.Dispose();
            _start.Dispose();
            base.Dispose();
        }
    }
}
