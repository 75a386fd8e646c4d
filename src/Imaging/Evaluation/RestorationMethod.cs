using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>
/// A way to restore images, with its settings: a row of an <see cref="TaskEvaluation"/>. A new one is a class, and the
/// line of its <see cref="MethodKind"/> in <see cref="RestorationMethods"/>; a program may also pass one of its own.
/// </summary>
public abstract class RestorationMethod
{
    /// <summary>What users call it.</summary>
    public abstract string Name { get; }

    /// <summary>Outer iterations; 0 for a method that has none.</summary>
    public virtual int Iterations => 0;

    /// <summary>Parameters that are searched for on other images, and where the search starts.</summary>
    public virtual IReadOnlyDictionary<string, double> Searched { get; } = new Dictionary<string, double>();

    /// <summary>Parameters that are not searched for.</summary>
    public virtual IReadOnlyDictionary<string, double> Fixed { get; } = new Dictionary<string, double>();

    /// <summary>Why the method cannot restore images of a shape, or null if it can.</summary>
    public virtual string? WhyNot(Shape image) => null;

    /// <summary>Prepares the method for one image shape.</summary>
    /// <param name="linearOperator">A; the caller keeps owning it.</param>
    /// <param name="y">The measurement, read at every call; the caller keeps owning it.</param>
    /// <param name="parameters">A value for each of <see cref="Searched"/>.</param>
    public abstract PreparedMethod Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters);
}
