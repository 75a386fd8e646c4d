using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// A linear map A from images to measurements with its exact adjoint, for one image shape on one device. It acts on
/// every image of a batch alike. The operator owns its structure: a z-solver asks <see cref="Gram"/> whether it
/// applies. A class with <see cref="Apply"/>, <see cref="Adjoint"/> and the shapes is enough for the residual-form
/// update, <c>cg</c>, <c>cg-image</c>, <c>gd</c> and <c>cholesky</c>. Calls allocate nothing on the device.
/// </summary>
public interface ILinearOperator : IDisposable
{
    /// <summary>Where the operator computes.</summary>
    Device Device { get; }

    /// <summary>The shape of x, (N, C, H, W).</summary>
    Shape ImageShape { get; }

    /// <summary>The shape of y = A x.</summary>
    Shape MeasurementShape { get; }

    /// <summary>What A finds beyond the edge of an image.</summary>
    Boundary Boundary { get; }

    /// <summary>What is known of A Aᵀ; nothing unless the operator says more.</summary>
    GramStructure Gram => new UnstructuredGram("the operator states no structure of A Aᵀ");

    /// <summary>
    /// The part of a measurement that A Aᵀ maps to itself, in the same way for every such part: one image, or one plane
    /// for an operator that acts on every channel alike.
    /// </summary>
    Shape GramBlock => MeasurementShape with { N = 1 };

    /// <summary>y = A x.</summary>
    void Apply(Tensor x, Tensor y);

    /// <summary>x = Aᵀ y.</summary>
    void Adjoint(Tensor y, Tensor x);

    /// <summary>e = y − scale·A q. e may be y only where the operator fuses this.</summary>
    void Residual(Tensor y, Tensor q, Tensor e, float scale = 1)
    {
        Apply(q, e);
        Device.Combine(1, y, -scale, e, e);
    }

    /// <summary>z = q + scale·Aᵀ w. z must not be q.</summary>
    void AddAdjoint(Tensor q, float scale, Tensor w, Tensor z)
    {
        Adjoint(w, z);
        Device.Combine(1, q, scale, z, z);
    }
}
