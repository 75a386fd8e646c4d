using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The Wiener filter.</summary>
/// <param name="task">The task, which defines the initial weight of the search.</param>
public sealed class WienerMethod(ImageTask task) : RestorationMethod
{
    private const string Weight = "weight";

    // The initial values for a task whose initial estimate is not a Wiener filter.
    private static readonly WienerStart Usual = new(Weight: 0.02, Sigma: 0.01);

    /// <summary>The kind of the method.</summary>
    public static MethodKind Kind { get; } = new(
        "wiener",
        task => task.Stride > 1 ? "without a model of the pictures it leaves unmeasured pixels dark" : null,
        (task, _) => [new WienerMethod(task)]);

    /// <inheritdoc/>
    public override string Name => Kind.Name;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Searched { get; } = new Dictionary<string, double>
    {
        [Weight] = (task.Start as WienerStart ?? Usual).WeightFor(task.Sigma),
    };

    /// <inheritdoc/>
    public override PreparedMethod Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
        new StartAsResult(new WienerFilter(linearOperator, y, parameters[Weight]));
}
