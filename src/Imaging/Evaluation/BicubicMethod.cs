using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>Cubic convolution aligned to the sampling grid; it has no parameters to tune.</summary>
public sealed class BicubicMethod : RestorationMethod
{
    /// <summary>The kind of the method.</summary>
    public static MethodKind Kind { get; } = new(
        "bicubic",
        task => task.Stride == 1 ? "nothing is interpolated where every pixel was measured" : null,
        (_, _) => [new BicubicMethod()]);

    /// <inheritdoc/>
    public override string Name => Kind.Name;

    /// <inheritdoc/>
    public override PreparedMethod Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters) =>
        new StartAsResult(new BicubicStart().Create(linearOperator, y));
}
