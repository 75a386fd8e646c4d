using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-update in double precision on the host, from the operator's definition: what the solvers are measured against.
/// It shares neither A, Aᵀ nor A Aᵀ with them, and is slow.
/// </summary>
public abstract class ExactReference
{
    /// <summary>
    /// Makes the reference of a problem: by Fourier transforms for a periodic blur, else from the operator's sparse
    /// matrix.
    /// </summary>
    /// <returns>The reference; null for an operator that cannot be written out as a matrix, or not in memory.</returns>
    public static ExactReference? Create(ILinearOperator linearOperator, Tensor y, double rho) => linearOperator switch
    {
        IBlur { Boundary: Boundary.Periodic } blur => new PeriodicReference(blur, y, rho),
        IMatrixRows rows when SparseReference.Fits(linearOperator, rows) => new SparseReference(linearOperator, rows, y, rho),
        _ => null,
    };

    /// <summary>
    /// ‖z − z_exact‖ / max(‖z_exact‖, ‖q‖), z_exact being the double-precision update of this very q.
    /// </summary>
    public double RelativeError(Tensor q, Tensor z)
    {
        double[] start = Array.ConvertAll(q.ToArray(), value => (double)value);
        double[] exact = Solve(start);
        float[] actual = z.ToArray();
        double error = 0;
        double exactNorm = 0;
        double startNorm = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            error += (actual[i] - exact[i]) * (actual[i] - exact[i]);
            exactNorm += exact[i] * exact[i];
            startNorm += start[i] * start[i];
        }

        double scale = Math.Sqrt(Math.Max(exactNorm, startNorm));
        return scale == 0 ? Math.Sqrt(error) : Math.Sqrt(error) / scale;
    }

    /// <summary>q + Aᵀ (ρI + A Aᵀ)⁻¹ (y − A q).</summary>
    /// <param name="q">Values of the image's shape.</param>
    public abstract double[] Solve(double[] q);
}
