using InfAdmm.Engine;
using InfAdmm.Imaging.Priors;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>
/// A network applied once to the task's initial estimate, without ADMM; the built-in ones were trained for that
/// (<see cref="PriorTrainingOptions.Alone"/>).
/// </summary>
/// <param name="weights">The network.</param>
public sealed class NetworkMethod(PriorWeights weights) : RestorationMethod
{
    /// <summary>The kind of the method.</summary>
    public static MethodKind Kind { get; } = new(
        "network", _ => null, (task, options) => [new NetworkMethod(options.AloneFor(task))])
    {
        Needs = NeededWeights.Prior,
    };

    /// <inheritdoc/>
    public override string Name => Kind.Name;

    /// <inheritdoc/>
    public override string? WhyNot(Shape image) => weights.WhyNot(image);

    /// <inheritdoc/>
    public override PreparedMethod Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
        new Application(linearOperator, y, weights);

    private sealed class Application : PreparedMethod
    {
        private readonly LearnedProximal _prior;
        private readonly IStartEstimate _start;
        private readonly TensorScope _scope;
        private readonly Tensor _z;
        private readonly Tensor _level;

        public Application(TaskOperator linearOperator, Tensor y, PriorWeights weights)
        {
            Device device = linearOperator.Device;
            _prior = new LearnedProximal(device, weights, y, linearOperator.ImageShape);
            _start = linearOperator.Task.Start.Create(linearOperator, y);
            _scope = new TensorScope(device);
            _z = _scope.Allocate(linearOperator.ImageShape);
            _level = _scope.Add(device.Allocate(Shape.Scalar, [(float)weights.LevelOf(0)]));
        }

        public override void Restore(Tensor x, Action<Tensor>? iterate)
        {
            _start.Apply(_z);
            _prior.Apply(_z, _level, x);
        }

        public override void Dispose()
        {
            _prior.Dispose();
            _start.Dispose();
            _scope.Dispose();
            base.Dispose();
        }
    }
}
