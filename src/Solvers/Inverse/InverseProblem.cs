using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>What an inverse is learned for: B = (ρI + A Aᵀ)⁻¹ of A = S H.</summary>
/// <param name="Kernel">The blur of A.</param>
/// <param name="Stride">The decimation of A.</param>
/// <param name="Rho">The penalty ρ.</param>
public sealed record InverseProblem(BlurKernel Kernel, int Stride, double Rho)
{
    /// <summary>B⁻¹ = ρI + A Aᵀ.</summary>
    public PeriodicKernel Normal => PeriodicKernel.Gram(Kernel, Stride).PlusIdentity(Rho);

    /// <summary>μ, the mean eigenvalue of B⁻¹. Networks learn μB, of eigenvalues near 1 (MATH.md §4).</summary>
    public double MeanEigenvalue => Normal.Centre;

    /// <summary>True if the other problem has the same kernel, stride and, to 1e-6, ρ.</summary>
    public bool IsSameAs(InverseProblem other) =>
        Stride == other.Stride && Math.Abs(Rho - other.Rho) <= 1e-6 * Rho && Kernel.IsSameAs(other.Kernel);

    /// <summary>B e on a periodic grid, in double precision.</summary>
    public double[] SolveExactly(float[] e, Shape grid)
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

    /// <summary>The factor c that makes ‖c ε − B ε‖ smallest for noise ε: the mean eigenvalue of B on a grid.</summary>
    public double BestScalar(Shape grid) => Normal.Spectrum(grid.H, grid.W).Average(value => 1 / value);
}
