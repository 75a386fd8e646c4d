namespace InfAdmm.Solvers.Laplace;

/// <summary>The kinds of operators of the synthetic experiment (docs/mathematics.md §3).</summary>
public enum OperatorKind
{
    /// <summary>A = S H: the same blur everywhere, then every stride-th pixel.</summary>
    Blur,

    /// <summary>A = M S H: a mask removes measurements.</summary>
    Masked,

    /// <summary>A x = Σ_i window_i ∘ S(h_i ∗ x): a blur that varies across the image.</summary>
    Varying,
}
