using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>A linear map A from images to measurements, with its exact adjoint.</summary>
public interface ILinearOperator
{
    /// <summary>The shape of what A is applied to.</summary>
    Shape ImageShape { get; }

    /// <summary>The shape of what A gives.</summary>
    Shape MeasurementShape { get; }

    /// <summary>y = A x.</summary>
    void Apply(Tensor x, Tensor y);

    /// <summary>x = Aᵀ y.</summary>
    void Adjoint(Tensor y, Tensor x);
}
