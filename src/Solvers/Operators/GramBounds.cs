using InfAdmm.Engine;

namespace InfAdmm.Solvers.Operators;

/// <summary>The smallest and largest eigenvalue of A Aᵀ.</summary>
/// <param name="Smallest">At least 0.</param>
/// <param name="Largest">At least the smallest.</param>
/// <param name="IsExact">False if both are estimates from power iterations.</param>
public readonly record struct GramBounds(double Smallest, double Largest, bool IsExact)
{
    /// <summary>The number of power iterations unless another is given.</summary>
    public const int UsualPowerIterations = 60;


    /// <summary>
    /// The factor that raises the estimate of the largest eigenvalue, because power iterations approach it from below.
    /// </summary>
    private const double Safety = 1.02;

    /// <summary>
    /// Computes the bounds: from the spectrum if A Aᵀ is a periodic convolution, otherwise by power iterations for A Aᵀ
    /// and for largest·I − A Aᵀ, with a margin.
    /// </summary>
    /// <param name="linearOperator">The operator A.</param>
    /// <param name="powerIterations">The number of power iterations for each of the two, where they are needed.</param>
    /// <param name="cancellation">Stops between two power iterations.</param>
    public static GramBounds Of(
        ILinearOperator linearOperator, int powerIterations = UsualPowerIterations, CancellationToken cancellation = default)
    {
        if (linearOperator.Gram.Kernel is { } kernel)
        {
            Shape grid = linearOperator.MeasurementShape;
            double[] spectrum = kernel.Spectrum(grid.H, grid.W);
            return new GramBounds(Math.Max(spectrum.Min(), 0), spectrum.Max(), IsExact: true);
        }

        double largest = UpperBound(linearOperator, powerIterations, cancellation);
        double fromTop = LargestEigenvalue(linearOperator, largest, powerIterations, cancellation);
        return new GramBounds(Math.Max(largest - Safety * fromTop, 0), largest, IsExact: false);
    }

    /// <summary>
    /// Only the largest eigenvalue, ‖A‖²: from the spectrum if A Aᵀ is a periodic convolution, otherwise estimated with
    /// a margin.
    /// </summary>
    /// <param name="linearOperator">The operator A.</param>
    /// <param name="powerIterations">The number of power iterations, where they are needed.</param>
    /// <param name="cancellation">Stops between two power iterations.</param>
    public static double UpperBound(
        ILinearOperator linearOperator, int powerIterations = UsualPowerIterations, CancellationToken cancellation = default)
    {
        Shape grid = linearOperator.MeasurementShape;
        return linearOperator.Gram.Kernel is { } kernel
            ? kernel.Spectrum(grid.H, grid.W).Max()
            : Safety * LargestEigenvalue(linearOperator, 0, powerIterations, cancellation);
    }

    /// <summary>The largest eigenvalue of A Aᵀ, or of shift·I − A Aᵀ for a shift above 0.</summary>
    private static double LargestEigenvalue(
        ILinearOperator a, double shift, int powerIterations, CancellationToken cancellation)
    {
        Device device = a.Device;
        using var scope = new TensorScope(device);
        Tensor vector = scope.Allocate(a.MeasurementShape);
        Tensor next = scope.Allocate(a.MeasurementShape);
        Tensor image = scope.Allocate(a.ImageShape);
        Tensor scalar = scope.Allocate(Shape.Scalar);
        device.FillNormal(seed: 1, stream: 0, vector);
        double eigenvalue = 0;
        for (int i = 0; i < powerIterations; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            device.Dot(vector, vector, scalar);
            double norm = Math.Sqrt(scalar.ToScalar());
            if (!(norm > 0))
            {
                return 0;
            }

            device.Scale((float)(1 / norm), vector, vector);
            a.Adjoint(vector, image);
            a.Apply(image, next);
            if (shift > 0)
            {
                device.Combine((float)shift, vector, -1, next, next);
            }

            device.Dot(next, next, scalar);
            eigenvalue = Math.Sqrt(scalar.ToScalar());
            (vector, next) = (next, vector);
        }

        return eigenvalue;
    }
}
