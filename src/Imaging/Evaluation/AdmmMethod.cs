using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>ADMM with a learned prior; the result is z, the iterate that fits the measurement.</summary>
public sealed class AdmmMethod : RestorationMethod
{
    /// <summary>The name of the parameter ρ.</summary>
    public const string Rho = "rho";

    private const string Lambda = "lambda";
    private const string FirstSigma = "sigma_first";
    private const string LastSigma = "sigma_last";

    private readonly PriorWeights _weights;
    private readonly ZSolverChoice _solver;

    /// <summary>Creates the method.</summary>
    /// <param name="name">The name for users.</param>
    /// <param name="weights">The prior.</param>
    /// <param name="rho">One ρ for all iterations; null for the trained ones, or for those of a schedule.</param>
    /// <param name="options">The number of iterations, the z-update, and the schedule of a denoiser.</param>
    public AdmmMethod(string name, PriorWeights weights, double? rho, MethodOptions options)
    {
        Name = name;
        _weights = rho is { } one ? weights.WithRho(one) : weights;
        _solver = options.ZSolver;
        DenoisingSchedule schedule = weights.Task.Denoising;
        bool isScheduled = weights.IsDenoiser && rho is null;
        Iterations = options.Iterations ?? (weights.IsDenoiser ? schedule.Iterations : weights.Rho.Count);
        var searched = new Dictionary<string, double>();
        var settled = new Dictionary<string, double>();
        if (isScheduled)
        {
            // The schedule of the unconditional denoiser was tuned with the task. A network that is not told the noise
            // level depends on λ only through ρ = λ/(2σ²).
            bool isTuned = weights.Architecture == PriorArchitecture.Denoiser;
            bool isTold = weights.Architecture != PriorArchitecture.Paper;
            Dictionary<string, double> weight = isTuned || !isTold || options.Lambda is not null ? settled : searched;
            Dictionary<string, double> levels = isTuned || options.Levels is not null ? settled : searched;
            weight[Lambda] = options.Lambda ?? schedule.Lambda;
            levels[FirstSigma] = options.Levels?.First ?? schedule.First;
            levels[LastSigma] = options.Levels?.Last ?? schedule.Last;
        }
        else if (rho is { } given)
        {
            settled[Rho] = given;
        }
        else
        {
            for (int k = 0; k < weights.Rho.Count; k++)
            {
                settled[$"{Rho}{k + 1}"] = weights.Rho[k];
            }
        }

        Searched = searched;
        Fixed = settled;
    }

    /// <summary>
    /// ADMM with the prior of the task: one method for each requested ρ. A denoiser with a learned z-update runs with
    /// each ρ that there is an inverse for.
    /// </summary>
    public static MethodKind Kind { get; } = new("admm", _ => null, (task, options) =>
    {
        PriorWeights weights = options.PriorFor(task);
        if (weights.WhyNotInLoop is { } reason)
        {
            throw new InputException(reason);
        }

        bool isFree = weights.IsDenoiser && options.Levels is null && options.Lambda is null;
        IReadOnlyList<double> given = options.Rho ?? (isFree ? options.ZSolver.TrainedRho(task) : []);
        double?[] all = given.Count > 0 ? [.. given.Select(rho => (double?)rho)] : [null];
        return all.Select(rho => new AdmmMethod("admm", weights, rho, options));
    })
    {
        Needs = NeededWeights.Prior,
    };

    /// <summary>
    /// ADMM with the unconditional denoiser, "plug and play" (Venkatakrishnan et al., GlobalSIP 2013; the paper's §3.4).
    /// </summary>
    public static MethodKind PlugAndPlay { get; } = new(
        "pnp", _ => null, (task, options) => [new AdmmMethod("pnp", options.DenoiserFor(task), null, options)])
    {
        Needs = NeededWeights.Denoiser,
    };

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override int Iterations { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Searched { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Fixed { get; }

    /// <inheritdoc/>
    public override string? WhyNot(Shape image) => _weights.WhyNot(image);

    /// <inheritdoc/>
    public override PreparedMethod Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters)
    {
        double Parameter(string name) => parameters.TryGetValue(name, out double found) ? found : Fixed[name];
        PriorWeights chosen = Searched.Count == 0 && !Fixed.ContainsKey(Lambda)
            ? _weights
            : _weights.WithSchedule(new DenoisingSchedule(
                Math.Sqrt(Parameter(Lambda) / 2), Parameter(FirstSigma), Parameter(LastSigma), Iterations));
        return new Loop(linearOperator, y, chosen, Iterations, _solver);
    }

    private sealed class Loop(
        TaskOperator linearOperator, Tensor y, PriorWeights weights, int iterations, ZSolverChoice solver)
        : PreparedMethod
    {
        private readonly PriorLoop _loop = new(linearOperator, y, weights, solver);
        private readonly ZUpdateProbe _probe = new(linearOperator, y, weights, solver);
        private readonly IStartEstimate _start = linearOperator.Task.Start.Create(linearOperator, y);

        public override void Restore(Tensor x, Action<Tensor>? iterate)
        {
            _start.Apply(x);
            _loop.Start(x);
            _probe.Start();
            for (int k = 0; k < iterations; k++)
            {
                _loop.Step();
                iterate?.Invoke(_loop.Z);
            }

            x.Device.Copy(_loop.Z, x);
        }

        public override ZUpdateMeasurement? MeasureZUpdate() => _probe.Measure(_loop);

        public override void Dispose()
        {
            _probe.Dispose();
            _loop.Dispose();
            _start.Dispose();
            base.Dispose();
        }
    }
}
