using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>
/// A method to restore images, with its settings: a row of a <see cref="TaskEvaluation"/>. A new method is a class and
/// a line for its <see cref="MethodKind"/> in <see cref="RestorationMethods"/>; a program may also pass its own.
/// </summary>
public abstract class RestorationMethod
{
    /// <summary>The name for users.</summary>
    public abstract string Name { get; }

    /// <summary>The number of outer iterations; 0 for a method without iterations.</summary>
    public virtual int Iterations => 0;

    /// <summary>The parameters that are tuned on other images, with their initial values.</summary>
    public virtual IReadOnlyDictionary<string, double> Searched { get; } = new Dictionary<string, double>();

    /// <summary>The parameters that are not tuned.</summary>
    public virtual IReadOnlyDictionary<string, double> Fixed { get; } = new Dictionary<string, double>();

    /// <summary>Returns why the method cannot restore images of a shape; null if it can.</summary>
    public virtual string? WhyNot(Shape image) => null;

    /// <summary>Prepares the method for one image shape.</summary>
    /// <param name="linearOperator">The operator A. The caller keeps ownership.</param>
    /// <param name="y">The measurement, read at every call. The caller keeps ownership.</param>
    /// <param name="parameters">A value for each of <see cref="Searched"/>.</param>
    public abstract PreparedMethod Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters);
}
