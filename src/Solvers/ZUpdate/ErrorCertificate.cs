using System.Numerics;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// Bounds the error of z = q + Aᵀ w for any w, however it was computed (docs/mathematics.md §1): with
/// s = e − (ρI + A Aᵀ) w = y − A z − ρ w, the error is Aᵀ B s, and ‖Aᵀ B‖ ≤ 1/(2√ρ). The cost is one A on the device,
/// and norms in double precision on the host.
/// </summary>
/// <remarks>
/// <para>
/// Single precision adds two errors. If r is the rounding error of z, then s differs from y − A z − ρ w by A r, and the
/// error of z is (I − Aᵀ B A) r − Aᵀ B (y − A z − ρ w), where ‖I − Aᵀ B A‖ ≤ 1. So r counts once, and rounding of s,
/// like s itself, with the factor 1/(2√ρ). That is why s is computed from z: in e − (ρI + A Aᵀ) w, rounding of A Aᵀ w would
/// count with that factor too, and ‖w‖ is much larger than ‖z‖ if A has small singular values.
/// </para>
/// <para>
/// With the unit roundoff u = 2⁻²⁴, a = ‖A‖ and n terms in a sum of A, a product A x has an error of at most n u |A||x|
/// in the worst case, and of the order of √n u a‖x‖ if roundings are independent (Higham and Mary, SIAM J. Sci. Comput.
/// 41(5):A2815, 2019). With c = (√n + 2) u, where the 2 stands for the final addition and for kernel entries rounded to
/// single precision, ‖r‖ is bounded by c (‖q‖ + a‖w‖), and rounding of s by c (‖y‖ + a‖z‖ + ρ‖w‖ + ‖s‖). This is an
/// estimate: the roundings are assumed to be independent. ‖A‖ is that of <see cref="GramBounds"/>: from the spectrum if
/// A Aᵀ is a periodic convolution, otherwise estimated with a margin.
/// </para>
/// </remarks>
internal sealed class ErrorCertificate : IDisposable
{
    private const double UnitRoundoff = 1.0 / (1 << 24);

    /// <summary>The number of terms assumed for an operator that does not state it.</summary>
    private const int UsualTerms = 100;

    private readonly ILinearOperator _operator;
    private readonly Tensor _y;
    private readonly double _rho;
    private readonly double _normOfA;
    private readonly double _unit;
    private readonly float[] _values;

    /// <summary>Estimates ‖A‖ and allocates the workspace.</summary>
    /// <param name="linearOperator">The operator A. The caller keeps ownership.</param>
    /// <param name="y">The measurement. The caller keeps ownership.</param>
    /// <param name="rho">The penalty ρ.</param>
    public ErrorCertificate(ILinearOperator linearOperator, Tensor y, double rho)
    {
        _operator = linearOperator;
        _y = y;
        _rho = rho;
        S = linearOperator.Device.Allocate(linearOperator.MeasurementShape);
        _normOfA = Math.Sqrt(GramBounds.UpperBound(linearOperator));
        int terms = linearOperator is IMatrixRows rows ? rows.MostEntries : UsualTerms;
        _unit = (Math.Sqrt(terms) + 2) * UnitRoundoff;
        _values = new float[Math.Max(linearOperator.ImageShape.Count, linearOperator.MeasurementShape.Count)];
    }

    /// <summary>s of the last <see cref="Bound"/>.</summary>
    public Tensor S { get; }

    /// <summary>‖s‖ of the last <see cref="Bound"/>.</summary>
    public double NormOfS { get; private set; }

    /// <summary>‖q‖ of the last <see cref="Bound"/>.</summary>
    public double NormOfQ { get; private set; }

    /// <summary>‖z‖ of the last <see cref="Bound"/>.</summary>
    public double NormOfZ { get; private set; }

    /// <summary>1/(2√ρ): the largest factor from an s to the error of z.</summary>
    public double Gain => 1 / (2 * Math.Sqrt(_rho));

    /// <summary>Bounds the error of z. Waits for the device.</summary>
    /// <param name="q">The point that the update started from.</param>
    /// <param name="w">The approximation of B (y − A q).</param>
    /// <param name="z">q + Aᵀ w.</param>
    /// <param name="additions">
    /// The number of terms that Aᵀ w was summed up from, each with its own rounding; 1 if it was computed at once.
    /// </param>
    public ErrorBound Bound(Tensor q, Tensor w, Tensor z, int additions = 1)
    {
        _operator.Residual(_y, z, S);
        _operator.Device.Combine(1, S, (float)-_rho, w, S);
        NormOfS = Norm(S);
        NormOfQ = Norm(q);
        NormOfZ = Norm(z);
        double normOfW = Norm(w);
        double roundingOfS = Norm(_y) + _normOfA * NormOfZ + _rho * normOfW + NormOfS;
        double roundingOfZ = NormOfQ + Math.Sqrt(additions) * _normOfA * normOfW;
        double rounding = _unit * (roundingOfS * Gain + roundingOfZ);
        return ErrorBound.Of(NormOfS * Gain + rounding, rounding, NormOfZ, NormOfQ);
    }

    /// <summary>The norm of a tensor of the image's or the measurement's shape, summed in double precision.</summary>
    public double Norm(Tensor tensor)
    {
        Span<float> values = _values.AsSpan(0, (int)tensor.Shape.Count);
        tensor.Device.Download(tensor, values);
        Vector<double> sums = Vector<double>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(values[i..]), out Vector<double> low, out Vector<double> high);
            sums += low * low + high * high;
        }

        double sum = Vector.Sum(sums);
        for (; i < values.Length; i++)
        {
            sum += (double)values[i] * values[i];
        }

        return Math.Sqrt(sum);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => S.Dispose();
}
