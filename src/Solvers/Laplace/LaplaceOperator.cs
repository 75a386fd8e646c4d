using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Laplace;

/// <summary>
/// The kind of the operator A of the synthetic experiment, with its mask or its kernels. Size, stride, boundary and the
/// kernel of a blur are those of the <see cref="LaplaceSettings"/>.
/// </summary>
public sealed class LaplaceOperator
{
    private LaplaceOperator(OperatorKind kind)
    {
        Kind = kind;
    }

    /// <summary>A = S H.</summary>
    public static LaplaceOperator Blur { get; } = new(OperatorKind.Blur);

    /// <summary>Which kind it is.</summary>
    public OperatorKind Kind { get; }

    /// <summary>The mask that was given; null for a random mask, and for an operator without a mask.</summary>
    public Mask? Mask { get; private init; }

    /// <summary>The fraction of the measurements that a random mask keeps; 1 for other operators.</summary>
    public double KeptFraction { get; private init; } = 1;

    /// <summary>The kernels of a varying blur; null for the others.</summary>
    public KernelField? Field { get; private init; }

    /// <summary>A = M S H with a given mask of the size of the measurement.</summary>
    public static LaplaceOperator Masked(Mask mask) => new(OperatorKind.Masked) { Mask = mask };

    /// <summary>A = M S H with a random mask, drawn with the seed of the problem.</summary>
    /// <param name="fraction">The fraction of the measurements to keep, above 0 and at most 1.</param>
    public static LaplaceOperator Masked(double fraction) => new(OperatorKind.Masked) { KeptFraction = fraction };

    /// <summary>A blur that varies across the image.</summary>
    public static LaplaceOperator Varying(KernelField field) => new(OperatorKind.Varying) { Field = field };
}
