using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Laplace;

/// <summary>The settings of the synthetic experiment (docs/mathematics.md §6).</summary>
/// <param name="Size">The rows and columns of x.</param>
/// <param name="Stride">The stride of the decimation S.</param>
/// <param name="Kernel">The blur kernel of A; a varying blur has its own kernels instead.</param>
/// <param name="Sigma">The standard deviation σ of the noise.</param>
/// <param name="Scale">The scale b of the Laplace prior.</param>
/// <param name="Density">The fraction of the pixels that is drawn; the others are zero.</param>
/// <param name="Rho">The penalty ρ.</param>
/// <param name="Iterations">The number of ADMM iterations.</param>
public sealed record LaplaceSettings(
    int Size, int Stride, BlurKernel Kernel, double Sigma, double Scale, double Density, double Rho, int Iterations)
{
    /// <summary>How the blur extends x beyond its edges.</summary>
    public Boundary Boundary { get; init; } = Boundary.Periodic;

    /// <summary>What kind of operator A is.</summary>
    public LaplaceOperator Operator { get; init; } = LaplaceOperator.Blur;

    /// <summary>
    /// The paper's experiment as docs/mathematics.md §6 reconstructs it. Degenerate: its minimiser is x = 0.
    /// </summary>
    public static LaplaceSettings Paper => new(512, 4, BlurKernel.Gaussian(9, 1.5), 1, 1, 1, 1, 30);

    /// <summary>A problem whose minimiser is not trivial.</summary>
    public static LaplaceSettings Sparse => new(512, 4, BlurKernel.Gaussian(9, 1.5), 0.01, 1, 0.05, 0.0003, 200);

    /// <summary>The predefined problems, by the names that users give.</summary>
    public static IReadOnlyDictionary<string, LaplaceSettings> Presets { get; } =
        new Dictionary<string, LaplaceSettings> { ["paper"] = Paper, ["sparse"] = Sparse };

    /// <summary>Creates A for one image shape.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="image">The shape of x.</param>
    /// <param name="seed">The seed of a random mask.</param>
    /// <exception cref="InputException">Stride, kernel, mask or kernels do not fit the image.</exception>
    public ILinearOperator CreateOperator(Device device, Shape image, ulong seed)
    {
        if (Operator.Field is { } field)
        {
            return new VaryingBlur(device, field, Stride, image, Boundary);
        }

        return Operator.Kind == OperatorKind.Masked
            ? new MaskedBlur(device, Kernel, Stride, image, CreateMask(device, image, seed), Boundary)
            : new BlurDownsample(device, Kernel, Stride, image, Boundary);
    }

    /// <summary>The shape of x for a given measurement: the smallest one for a valid blur.</summary>
    public Shape ImageOf(Shape measurement) =>
        BlurDownsample.ImageOf(measurement, Operator.Field?.Kernels[0] ?? Kernel, Stride, Boundary);

    private Mask CreateMask(Device device, Shape image, ulong seed)
    {
        if (Operator.Mask is { } mask)
        {
            return mask;
        }

        BlurDownsample.Check(Kernel, Stride, image, Boundary);
        Shape measurement = Device.BlurOutput(image, Shape.Matrix(Kernel.Height, Kernel.Width), Stride, Boundary);
        return Mask.Random(device, measurement, Operator.KeptFraction, seed);
    }
}
