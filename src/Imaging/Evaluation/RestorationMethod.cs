using InfAdmm.Engine;
using InfAdmm.Imaging.Tasks;

namespace InfAdmm.Imaging.Evaluation;

/// <summary>A way to restore images, one row of <c>evaluate</c>.</summary>
public abstract class RestorationMethod
{
    /// <summary>What users call it.</summary>
    public abstract string Name { get; }

    /// <summary>Outer iterations; 0 for a method that has none.</summary>
    public virtual int Iterations => 0;

    /// <summary>Parameters that are searched for on other images, and where the search starts.</summary>
    public virtual IReadOnlyDictionary<string, double> Searched { get; } = new Dictionary<string, double>();

    /// <summary>Parameters that stay as they are.</summary>
    public virtual IReadOnlyDictionary<string, double> Fixed { get; } = new Dictionary<string, double>();

    /// <summary>Why the method cannot restore images of a shape, or null if it can.</summary>
    public virtual string? WhyNot(Shape image) => null;

    /// <summary>Makes the method ready for one image shape.</summary>
    /// <param name="linearOperator">A; the caller keeps owning it.</param>
    /// <param name="y">The tensor that measurements are put into.</param>
    /// <param name="parameters">A value for each of <see cref="Searched"/>.</param>
    public abstract Restorer Create(
        TaskOperator linearOperator, Tensor y, IReadOnlyDictionary<string, double> parameters);
}

/// <summary>A method for one image shape, with everything that it keeps from image to image.</summary>
public abstract class Restorer : IDisposable
{
    /// <summary>Restores the image whose measurement y holds now.</summary>
    /// <param name="x">The result.</param>
    /// <param name="iterate">Called with each iterate, by a method that has such.</param>
    public abstract void Restore(Tensor x, Action<Tensor>? iterate);

    /// <summary>Frees what was kept.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
