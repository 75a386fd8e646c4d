using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// A z-update z = q + Aᵀ w with an approximate w on the measurement grid, which a <see cref="GuardedUpdate"/> can
/// improve.
/// </summary>
internal interface IGuardable : IZUpdate
{
    /// <summary>The w of the last call.</summary>
    Tensor W { get; }

    /// <summary>The map ρI + A Aᵀ.</summary>
    NormalOperator Normal { get; }

    /// <summary>Bounds the error of z for any w.</summary>
    ErrorCertificate Certificate { get; }

    /// <summary>y − A q.</summary>
    Tensor ResidualAt(Tensor q);

    /// <summary>z = q + Aᵀ w for the current <see cref="W"/>.</summary>
    void Finish(Tensor q, Tensor z);
}
