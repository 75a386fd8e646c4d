using System.Numerics;
using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers;

/// <summary>
/// The Wiener filter for y = S H x + n with a periodic boundary, the best linear estimate of images whose power
/// spectrum is P: x̂ = P Aᵀ (A P Aᵀ + w I)⁻¹ y, where w = σ² in units of P (docs/mathematics.md §3). P falls with the
/// frequency as in photographs, P = 1/|ℓ̂|ᵖ, where ℓ is the discrete Laplacian: p = 1 is the power of white gradients,
/// p = 2 that of white Laplacians. The mean has infinite power, so it is kept exactly.
/// <para>
/// All transforms are on the device: one of y, one of x̂.
/// </para>
/// </summary>
public sealed class WienerFilter : IDisposable
{
    private readonly Device _device;
    private readonly Tensor _y;
    private readonly Shape _image;
    private readonly int _stride;
    private readonly TensorScope _scope;
    private readonly Tensor _gain;
    private readonly Tensor _response;
    private readonly Tensor _measured;
    private readonly Tensor _estimate;

    /// <summary>Creates the filter for one image shape.</summary>
    /// <param name="kernel">The blur H.</param>
    /// <param name="stride">The distance between measured pixels.</param>
    /// <param name="y">The measurement, (N, C, H, W), read at every call. The caller keeps ownership.</param>
    /// <param name="weight">The weight w, above 0: larger values remove more noise and more detail.</param>
    /// <param name="power">The exponent p of the power spectrum, above 0.</param>
    public WienerFilter(BlurKernel kernel, int stride, Tensor y, double weight, double power)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(weight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(power);
        _device = y.Device;
        _y = y;
        _stride = stride;
        _image = y.Shape.Upsampled(stride);
        _scope = new TensorScope(_device);
        (float[] gain, float[] response) = Coefficients(kernel, stride, _image, weight, power);
        _gain = _scope.Add(_device.Allocate(Shape.Matrix(y.Shape.H, gain.Length / y.Shape.H), gain));
        _response = _scope.Add(_device.Allocate((_image with { N = 1, C = 1 }).Spectrum, response));
        _measured = _scope.Allocate(y.Shape.Spectrum);
        _estimate = _scope.Allocate(_image.Spectrum);
    }

    /// <summary>Filters the current values of the measurement.</summary>
    /// <param name="x">The estimate, (N, C, stride·H, stride·W).</param>
    public void Apply(Tensor x)
    {
        _device.RealFft2(_y, _measured);
        _device.ScaleSpectrum(_measured, _gain, _measured);
        _device.Fill(0, _estimate);
        _device.SpectrumCorrection(_estimate, _measured, _response, _image, _stride, _estimate);
        _device.InverseRealFft2(_estimate, x);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => _scope.Dispose();

    /// <summary>
    /// The two factors of the filter in double precision: the gain 1/(Γ + w) for each frequency k of the measurement,
    /// Γ(k) = (1/s²) Σ |ĥ(K)|² P(K), and the response ĥ(K)·P(K), whose conjugate is applied to each image frequency K.
    /// At the mean, where P is infinite, they are the limits: only the mean itself answers, with the gain 1/ĥ(0).
    /// </summary>
    private static (float[] Gain, float[] Response) Coefficients(
        BlurKernel kernel, int stride, Shape image, double weight, double power)
    {
        int columns = KernelSpectrum.Columns(image.W);
        Complex[] transfer = KernelSpectrum.Of(
            kernel.Values, kernel.Height, (kernel.Height - 1) / 2, (kernel.Width - 1) / 2, image.H, image.W);
        int height = image.H / stride;
        int width = image.W / stride;
        int measured = KernelSpectrum.Columns(width);
        double[] rows = Differences(image.H);
        double[] across = Differences(image.W);
        double[] gamma = new double[height * measured];
        float[] response = new float[2 * image.H * columns];
        for (int u = 0; u < image.H; u++)
        {
            for (int v = 0; v < image.W; v++)
            {
                // The right half of the spectrum mirrors the left one; it only counts for Γ.
                bool isMirrored = v >= columns;
                int at = isMirrored ? (image.H - u) % image.H * columns + image.W - v : u * columns + v;
                bool isMeanAlias = u % height == 0 && v % width == 0;
                double spectrum = isMeanAlias ? 0 : Math.Pow(rows[u] + across[v], -power);
                if (v % width < measured)
                {
                    gamma[u % height * measured + v % width] +=
                        spectrum * transfer[at].Magnitude * transfer[at].Magnitude / (stride * stride);
                }

                if (!isMirrored)
                {
                    response[2 * at] = (float)(spectrum * transfer[at].Real);
                    response[2 * at + 1] = (float)(spectrum * transfer[at].Imaginary);
                }
            }
        }

        float[] gain = Array.ConvertAll(gamma, value => (float)(1 / (value + weight)));
        double sum = transfer[0].Real;
        response[0] = stride * stride;
        gain[0] = sum == 0 ? 0 : (float)(1 / sum);
        return (gain, response);
    }

    /// <summary>The transfer function 2 − 2 cos θ of the second difference along one axis.</summary>
    private static double[] Differences(int count) =>
        [.. Enumerable.Range(0, count).Select(k => 2 - 2 * Math.Cos(2 * Math.PI * k / count))];
}
