using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>The Wiener filter, the best linear method if its parameters are tuned.</summary>
/// <param name="task">The task, which defines the initial weight of the search.</param>
public sealed class WienerMethod(ImageTask task) : RestorationMethod
{
    private const string Weight = "weight";
    private const string Power = "power";

    // The best values on training images of CUB-200-2011 and BSDS500 for the task deblur.
    private static readonly WienerStart Usual = new(Weight: 0.012, Power: 1.4, Sigma: 0.01);

    /// <summary>The kind of the method.</summary>
    public static MethodKind Kind { get; } = new("wiener", _ => null, (task, _) => [new WienerMethod(task)]);

    /// <inheritdoc/>
    public override string Name => Kind.Name;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Searched { get; } = new Dictionary<string, double>
    {
        [Weight] = Usual.WeightFor(task.Sigma),
        [Power] = Usual.Power,
    };

    /// <inheritdoc/>
    public override PreparedMethod Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
        new StartAsResult(WienerStart.Create(linearOperator, y, parameters[Weight], parameters[Power]));
}
