using InfAdmm.Engine;
using InfAdmm.Imaging.Restoration;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>Total variation by ADMM with the exact z-update.</summary>
/// <param name="task">The task, which defines the initial parameters of the search.</param>
/// <param name="iterations">The number of ADMM iterations; null for the default.</param>
public sealed class TotalVariationMethod(ImageTask task, int? iterations) : RestorationMethod
{
    private const string Weight = "weight";
    private const string Rho = "rho";
    private const int EnoughIterations = 30;
    private const int InnerSteps = 10;

    /// <summary>The kind of the method.</summary>
    public static MethodKind Kind { get; } = new(
        "tv", _ => null, (task, options) => [new TotalVariationMethod(task, options.Iterations)]);

    /// <inheritdoc/>
    public override string Name => Kind.Name;

    /// <inheritdoc/>
    public override int Iterations { get; } = iterations ?? EnoughIterations;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Searched { get; } = new Dictionary<string, double>
    {
        [Weight] = task.TotalVariation.Weight,
        [Rho] = task.TotalVariation.Rho,
    };

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Fixed { get; } =
        new Dictionary<string, double> { ["inner_steps"] = InnerSteps };

    /// <inheritdoc/>
    public override PreparedMethod Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
        new Loop(new TotalVariationAdmm(
            linearOperator, y, parameters[Weight], parameters[Rho], Iterations, InnerSteps));

    private sealed class Loop(TotalVariationAdmm loop) : PreparedMethod
    {
        public override void Restore(Tensor x, Action<Tensor>? iterate) => loop.Restore(x, iterate);

        public override void Dispose()
        {
            loop.Dispose();
            base.Dispose();
        }
    }
}
