using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>The problem that an inverse is trained for: B = (ρI + A Aᵀ)⁻¹ with A = S H.</summary>
/// <param name="Kernel">The blur of A.</param>
/// <param name="Stride">The decimation of A.</param>
/// <param name="Rho">The penalty ρ.</param>
/// <param name="Boundary">How the blur extends an image beyond its edges.</param>
public sealed record InverseProblem(
    BlurKernel Kernel, int Stride, double Rho, Boundary Boundary = Boundary.Periodic)
{
    /// <summary>
    /// B⁻¹ = ρI + A Aᵀ as a periodic convolution. For other boundaries, it is valid away from the border.
    /// </summary>
    public PeriodicKernel Normal => PeriodicKernel.Gram(Kernel, Stride).PlusIdentity(Rho);

    /// <summary>
    /// μ, the mean eigenvalue of B⁻¹ away from the border. Networks learn μB, whose eigenvalues are near 1
    /// (docs/mathematics.md §4).
    /// </summary>
    public double MeanEigenvalue => Normal.Centre;

    /// <summary>Whether the other problem has the same kernel, stride, boundary and, to 1e-6, ρ.</summary>
    public bool IsSameAs(InverseProblem other) =>
        Stride == other.Stride && Boundary == other.Boundary && Math.Abs(Rho - other.Rho) <= 1e-6 * Rho
            && Kernel.IsSameAs(other.Kernel);

    /// <summary>Creates A for measurements of a given shape.</summary>
    public BlurDownsample CreateOperator(Device device, Shape grid) =>
        new(device, Kernel, Stride, BlurDownsample.ImageOf(grid, Kernel, Stride, Boundary), Boundary);

    /// <summary>Computes B e in double precision.</summary>
    /// <param name="linearOperator">A, created by <see cref="CreateOperator"/>.</param>
    /// <param name="e">The values, in the shape of the measurement.</param>
    public double[] SolveExactly(BlurDownsample linearOperator, float[] e)
    {
        Shape grid = linearOperator.MeasurementShape;
        return Boundary == Boundary.Periodic ? SolveByFourier(e, grid) : SolveByRows(linearOperator, linearOperator, Rho, e);
    }

    /// <summary>The factor c that minimises ‖c ε − B ε‖ for noise ε: the mean eigenvalue of B on a grid.</summary>
    /// <remarks>For a non-periodic boundary, this is the value away from the border.</remarks>
    public double BestScalar(Shape grid) => Normal.Spectrum(grid.H, grid.W).Average(value => 1 / value);

    /// <inheritdoc/>
    public override string ToString()
    {
        string boundary = Boundary == Boundary.Periodic ? "" : $", {Boundary.ToString().ToLowerInvariant()} boundary";
        return FormattableString.Invariant($"{Kernel.Name}, stride {Stride}{boundary}, ρ = {Rho}");
    }

    private double[] SolveByFourier(float[] e, Shape grid)
    {
        double[] eigenvalues = Normal.Spectrum(grid.H, grid.W);
        double[] w = new double[e.Length];
        var spectrum = new System.Numerics.Complex[grid.PlaneSize];
        for (int start = 0; start < e.Length; start += grid.PlaneSize)
        {
            for (int i = 0; i < spectrum.Length; i++)
            {
                spectrum[i] = e[start + i];
            }

            DoubleFourier.Forward(spectrum, grid.H, grid.W);
            for (int i = 0; i < spectrum.Length; i++)
            {
                spectrum[i] /= eigenvalues[i];
            }

            DoubleFourier.Inverse(spectrum, grid.H, grid.W);
            for (int i = 0; i < spectrum.Length; i++)
            {
                w[start + i] = spectrum[i].Real;
            }
        }

        return w;
    }

    /// <summary>Computes (ρI + A Aᵀ)⁻¹ e in double precision from the matrix of any operator that has one.</summary>
    internal static double[] SolveByRows(ILinearOperator linearOperator, IMatrixRows rows, double rho, float[] e)
    {
        int size = (int)linearOperator.GramBlock.Count;
        SparseMatrix gram = SparseMatrix.FromRows(rows, size).TimesTranspose();
        double[] w = new double[e.Length];
        for (int start = 0; start < e.Length; start += size)
        {
            double[] right = [.. e.AsSpan(start, size).ToArray().Select(value => (double)value)];
            double[] solution = new double[size];
            gram.Solve(rho, right, solution);
            solution.CopyTo(w, start);
        }

        return w;
    }
}
