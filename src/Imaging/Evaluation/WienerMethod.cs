using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The Wiener filter.</summary>
/// <param name="task">Gives the weight that the search starts from.</param>
public sealed class WienerMethod(ImageTask task) : RestorationMethod
{
    private const string Weight = "weight";

    // Where the search starts for a task that does not start from a Wiener filter.
    private static readonly WienerStart Usual = new(Weight: 0.02, Sigma: 0.01);

    /// <summary>When it applies and how it is made.</summary>
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
