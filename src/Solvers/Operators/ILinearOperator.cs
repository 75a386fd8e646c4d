using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>
/// A linear map A from images to measurements with its exact adjoint, for one image shape on one device. It acts on
/// every image of a batch separately. The operator states its own structure: a z-solver checks <see cref="Gram"/> to
/// see whether it applies. A class with <see cref="Apply"/>, <see cref="Adjoint"/> and the shapes is enough for the
/// residual-form update, <c>cg</c>, <c>cg-image</c>, <c>gd</c> and <c>cholesky</c>. Calls allocate nothing on the
/// device.
/// </summary>
public interface ILinearOperator : IDisposable
{
    /// <summary>The device that runs the operator.</summary>
    Device Device { get; }

    /// <summary>The shape of x, (N, C, H, W).</summary>
    Shape ImageShape { get; }

    /// <summary>The shape of y = A x.</summary>
    Shape MeasurementShape { get; }

    /// <summary>How A extends an image beyond its edges.</summary>
    Boundary Boundary { get; }

    /// <summary>The known structure of A Aᵀ; unstructured by default.</summary>
    GramStructure Gram => new UnstructuredGram("the operator states no structure of A Aᵀ");

    /// <summary>
    /// A blur with the same A Aᵀ, for which an inverse on the measurement grid can be trained; null if none is known.
    /// </summary>
    IBlur? GramBlur => this as IBlur;

    /// <summary>
    /// The shape of the part of a measurement that A Aᵀ maps to itself, with the same matrix for every such part: one
    /// image, or one plane for an operator that acts on every channel separately.
    /// </summary>
    Shape GramBlock => MeasurementShape with { N = 1 };

    /// <summary>
    /// What an inverse of ρI + A Aᵀ by small filters depends on; null for an operator that has no such description.
    /// </summary>
    LocalModel? Local => null;

    /// <summary>
    /// The same operator for images of another size: the same kernels, stride and boundary, and the middle of a mask.
    /// </summary>
    /// <param name="imageShape">The shape of the images. Neither side is larger than that of <see cref="ImageShape"/>.</param>
    /// <returns>The operator, which the caller disposes; null for one that exists for a single size only.</returns>
    ILinearOperator? OfSize(Shape imageShape) => null;

    /// <summary>y = A x.</summary>
    void Apply(Tensor x, Tensor y);

    /// <summary>x = Aᵀ y.</summary>
    void Adjoint(Tensor y, Tensor x);

    /// <summary>e = y − scale·A q. e may be y only if the operator fuses this.</summary>
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
