using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// The z-update in double precision on the host, computed from the operator's definition: the reference for all
/// solvers. It shares no code for A, Aᵀ or A Aᵀ with them, and is slow.
/// </summary>
public abstract class ExactReference
{
    /// <summary>Creates the reference for a ρ.</summary>
    /// <param name="rho">The penalty ρ.</param>
    protected ExactReference(double rho) => Rho = rho;

    /// <summary>The penalty ρ; it may change between calls.</summary>
    public double Rho { get; set; }

    /// <summary>
    /// Creates the reference for a problem: by Fourier transforms for a periodic blur, otherwise from the operator's
    /// sparse matrix.
    /// </summary>
    /// <returns>
    /// The reference; null if the operator cannot be written as a matrix, or the matrix does not fit into memory.
    /// </returns>
    public static ExactReference? Create(ILinearOperator linearOperator, Tensor y, double rho) => linearOperator switch
    {
        IBlur { Boundary: Boundary.Periodic } blur => new PeriodicReference(blur, y, rho),
        IMatrixRows rows when SparseReference.Fits(linearOperator, rows) =>
            new SparseReference(linearOperator, rows, y, rho),
        _ => null,
    };

    /// <summary>
    /// ‖z − z_exact‖ / max(‖z_exact‖, ‖q‖), where z_exact is the double-precision update of the same q.
    /// </summary>
    public double RelativeError(Tensor q, Tensor z) => RelativeError(q, z, CancellationToken.None);

    /// <summary>The same, with a solution that can be stopped.</summary>
    /// <param name="q">The point that the update started from.</param>
    /// <param name="z">Its result.</param>
    /// <param name="cancellation">Stops the solution.</param>
    public double RelativeError(Tensor q, Tensor z, CancellationToken cancellation)
    {
        double[] start = Array.ConvertAll(q.ToArray(), value => (double)value);
        return RelativeError(z.ToArray(), Solve(start, cancellation), start);
    }

    /// <summary>‖z − z_exact‖ / max(‖z_exact‖, ‖q‖), in double precision.</summary>
    /// <param name="actual">z.</param>
    /// <param name="exact">z_exact.</param>
    /// <param name="start">q.</param>
    public static double RelativeError(float[] actual, double[] exact, double[] start)
    {
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
    /// <param name="q">The values, in the shape of the image.</param>
    /// <param name="cancellation">Stops the solution; one that takes seconds checks it on the way.</param>
    public abstract double[] Solve(double[] q, CancellationToken cancellation = default);
}
