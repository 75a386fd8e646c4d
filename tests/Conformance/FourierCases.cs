using System.Numerics;
using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// The Fourier ops, compared with a separable O(n²) DFT in double precision and with aliasing sums over full spectra.
/// Tolerances: a float32 transform has a few roundings of 6e-8 per pass and at most a dozen passes here, and the
/// largest output is several times the typical one: 2e-6. Bluestein's convolution doubles the number of passes and adds
/// chirps: 4e-6. Where a spectrum is computed by a transform and then multiplied, both errors add up: 4e-6 to 8e-6.
/// </summary>
internal static class FourierCases
{
    private const double TransformTolerance = 2e-6;
    private const double BluesteinTolerance = 4e-6;
    private const double ChainTolerance = 8e-6;

    // Sizes with 1, 7 and 33; powers of two; mixed radices; primes for Bluestein (33 = 3·11 uses it too).
    private static readonly Shape[] Images =
    [
        new(1, 1, 1, 1), new(1, 1, 1, 2), new(1, 1, 2, 1), new(1, 1, 1, 33), new(1, 1, 33, 1), new(1, 1, 7, 7),
        new(1, 2, 33, 7), new(3, 1, 7, 33), new(1, 1, 64, 64), new(1, 3, 32, 16), new(2, 1, 100, 36),
        new(1, 1, 127, 131), new(1, 1, 210, 96), new(1, 1, 120, 162), new(1, 1, 17, 256), new(1, 2, 128, 31),
        new(1, 1, 35, 34), new(1, 1, 98, 125),
    ];

    // The low-resolution grid and the stride; even and odd, planes 1, 2 and 3.
    private static readonly (Shape Low, int Stride)[] Decimations =
    [
        (new(1, 1, 1, 1), 1), (new(2, 1, 7, 33), 1), (new(1, 3, 40, 48), 1), (new(1, 1, 1, 1), 2),
        (new(1, 2, 7, 33), 2), (new(3, 1, 33, 8), 2), (new(1, 1, 32, 40), 2), (new(1, 1, 1, 7), 3),
        (new(1, 1, 33, 7), 3), (new(1, 2, 12, 34), 3), (new(1, 1, 7, 1), 4), (new(1, 1, 5, 33), 4),
        (new(2, 1, 16, 36), 4), (new(1, 1, 3, 2), 5),
    ];

    public static IEnumerable<OpCase> All()
    {
        foreach (Shape image in Images)
        {
            yield return Forward(image);
            yield return Inverse(image);
        }

        foreach (Shape image in new[] { new Shape(1, 1, 1, 1), new(1, 2, 7, 33), new(3, 1, 33, 64) })
        {
            yield return Scale(image);
        }

        foreach ((Shape low, int stride) in Decimations)
        {
            yield return Residual(low, stride, inPlace: false);
            yield return Correction(low, stride, inPlace: false);
        }

        yield return Residual(new Shape(1, 2, 7, 33), 2, inPlace: true);
        yield return Correction(new Shape(1, 2, 7, 33), 2, inPlace: true);
        yield return Residual(new Shape(1, 2, 7, 33), 1, inPlace: true);
        yield return Correction(new Shape(1, 2, 7, 33), 1, inPlace: true);
    }

    internal static OpCase Forward(Shape image) => new()
    {
        Name = $"real fft2 {image}",
        Inputs = [image],
        Outputs = [image.Spectrum],
        Run = (device, x, y) => device.RealFft2(x[0], y[0]),
        Reference = x => [ToHalf(Transform(x[0], image), image)],
        Tolerance = ToleranceOf(image),
    };

    /// <summary>
    /// Any values are valid input, except in columns that are their own mirror image: those are symmetrised.
    /// </summary>
    internal static OpCase Inverse(Shape image) => new()
    {
        Name = $"inverse real fft2 {image}",
        Inputs = [image.Spectrum],
        Outputs = [image],
        IsRecordable = false,
        Run = (device, x, y) =>
        {
            using Tensor spectrum = device.Allocate(image.Spectrum);
            device.Copy(x[0], spectrum);
            device.InverseRealFft2(spectrum, y[0]);
        },
        Reference = x => [ToReal(FromHalf(x[0], image), image)],
        Tolerance = ToleranceOf(image),
        Fill = (_, values) => Symmetrise(values, image),
    };

    private static OpCase Scale(Shape image)
    {
        Shape spectrum = image.Spectrum;
        int frequencies = spectrum.PlaneSize / 2;
        return new OpCase
        {
            Name = $"scale spectrum {image}",
            Inputs = [spectrum, new Shape(1, 1, spectrum.H, spectrum.W / 2)],
            Outputs = [spectrum, spectrum],
            IsRecordable = false,
            Run = (device, x, y) =>
            {
                device.ScaleSpectrum(x[0], x[1], y[0]);
                device.Upload(x[0].ToArray(), y[1]);
                device.ScaleSpectrum(y[1], x[1], y[1]);
            },
            Reference = x =>
            {
                double[] result = [.. x[0].Select((value, i) => value * x[1][i / 2 % frequencies])];
                return [result, result];
            },

            // A single rounding of the product.
            Tolerance = 1.2e-7,
        };
    }

    /// <summary>Inputs are real images, transformed by the device first, so that the spectra are Hermitian.</summary>
    private static OpCase Residual(Shape low, int stride, bool inPlace)
    {
        Shape image = low.Upsampled(stride);
        Shape kernel = image with { N = 1, C = 1 };
        return new OpCase
        {
            Name = $"spectrum residual {image} stride {stride}{(inPlace ? " in place" : "")}",
            Inputs = [image, low, kernel],
            Outputs = [low.Spectrum],
            IsRecordable = false,
            Run = (device, x, e) =>
            {
                using Tensor q = SpectrumOf(device, x[0]);
                using Tensor y = SpectrumOf(device, x[1]);
                using Tensor transfer = SpectrumOf(device, x[2]);
                if (inPlace)
                {
                    device.RealFft2(x[1], e[0]);
                }

                device.SpectrumResidual(q, inPlace ? e[0] : y, transfer, image, stride, e[0]);
            },
            Reference = x =>
            {
                Complex[] q = Transform(x[0], image);
                Complex[] e = Transform(x[1], low);
                Complex[] transfer = Transform(x[2], kernel);
                for (int i = 0; i < q.Length; i++)
                {
                    e[LowIndex(i, image, low)] -= transfer[i % kernel.PlaneSize] * q[i] / (stride * stride);
                }

                return [ToHalf(e, low)];
            },
            Tolerance = ChainTolerance,
        };
    }

    private static OpCase Correction(Shape low, int stride, bool inPlace)
    {
        Shape image = low.Upsampled(stride);
        Shape kernel = image with { N = 1, C = 1 };
        return new OpCase
        {
            Name = $"spectrum correction {image} stride {stride}{(inPlace ? " in place" : "")}",
            Inputs = [image, low, kernel],
            Outputs = [image.Spectrum],
            IsRecordable = false,
            Run = (device, x, z) =>
            {
                using Tensor q = SpectrumOf(device, x[0]);
                using Tensor w = SpectrumOf(device, x[1]);
                using Tensor transfer = SpectrumOf(device, x[2]);
                if (inPlace)
                {
                    device.RealFft2(x[0], z[0]);
                }

                device.SpectrumCorrection(inPlace ? z[0] : q, w, transfer, image, stride, z[0]);
            },
            Reference = x =>
            {
                Complex[] z = Transform(x[0], image);
                Complex[] w = Transform(x[1], low);
                Complex[] transfer = Transform(x[2], kernel);
                for (int i = 0; i < z.Length; i++)
                {
                    z[i] += Complex.Conjugate(transfer[i % kernel.PlaneSize]) * w[LowIndex(i, image, low)];
                }

                return [ToHalf(z, image)];
            },
            Tolerance = ChainTolerance,
        };
    }

    private static double ToleranceOf(Shape image) =>
        HasLargePrime(image.H) || HasLargePrime(image.W) ? BluesteinTolerance : TransformTolerance;

    private static bool HasLargePrime(int length)
    {
        foreach (int prime in new[] { 2, 3, 5, 7 })
        {
            while (length % prime == 0)
            {
                length /= prime;
            }
        }

        return length > 1;
    }

    private static Tensor SpectrumOf(Device device, Tensor x)
    {
        Tensor spectrum = device.Allocate(x.Shape.Spectrum);
        device.RealFft2(x, spectrum);
        return spectrum;
    }

    /// <summary>The low-resolution frequency that frequency i of the full image spectrum aliases onto.</summary>
    private static int LowIndex(int i, Shape image, Shape low)
    {
        int plane = i / image.PlaneSize;
        int y = i / image.W % image.H;
        int x = i % image.W;
        return (plane * low.H + y % low.H) * low.W + x % low.W;
    }

    /// <summary>The full spectrum of every plane.</summary>
    private static Complex[] Transform(double[] x, Shape shape) =>
        Transform([.. x.Select(value => new Complex(value, 0))], shape, -1);

    private static Complex[] Transform(Complex[] x, Shape shape, int sign)
    {
        var rows = new Complex[x.Length];
        var result = new Complex[x.Length];
        Complex[] roots = Roots(shape.W, sign);
        for (int i = 0; i < x.Length; i++)
        {
            int start = i - i % shape.W;
            for (int j = 0; j < shape.W; j++)
            {
                rows[i] += x[start + j] * roots[(int)((long)(i - start) * j % shape.W)];
            }
        }

        roots = Roots(shape.H, sign);
        for (int i = 0; i < x.Length; i++)
        {
            int start = i - i % shape.PlaneSize + i % shape.W;
            int k = i / shape.W % shape.H;
            for (int j = 0; j < shape.H; j++)
            {
                result[i] += rows[start + j * shape.W] * roots[(int)((long)k * j % shape.H)];
            }
        }

        return result;
    }

    private static Complex[] Roots(int length, int sign) =>
        [.. Enumerable.Range(0, length).Select(j => Complex.FromPolarCoordinates(1, sign * 2 * Math.PI * j / length))];

    private static double[] ToHalf(Complex[] full, Shape shape)
    {
        int columns = shape.W / 2 + 1;
        var half = new List<double>();
        for (int i = 0; i < full.Length; i++)
        {
            if (i % shape.W < columns)
            {
                half.Add(full[i].Real);
                half.Add(full[i].Imaginary);
            }
        }

        return [.. half];
    }

    /// <summary>The full spectrum by F(y, x) = conj F(−y, −x).</summary>
    private static Complex[] FromHalf(double[] half, Shape shape)
    {
        int columns = shape.W / 2 + 1;
        var full = new Complex[shape.Count];
        for (int i = 0; i < full.Length; i++)
        {
            int plane = i / shape.PlaneSize;
            int y = i / shape.W % shape.H;
            int x = i % shape.W;
            bool isMirrored = x >= columns;
            int row = isMirrored ? (shape.H - y) % shape.H : y;
            int at = 2 * ((plane * shape.H + row) * columns + (isMirrored ? shape.W - x : x));
            full[i] = new Complex(half[at], isMirrored ? -half[at + 1] : half[at + 1]);
        }

        return full;
    }

    private static double[] ToReal(Complex[] full, Shape shape) =>
        [.. Transform(full, shape, +1).Select(value => value.Real / shape.PlaneSize)];

    private static void Symmetrise(float[] half, Shape shape)
    {
        int columns = shape.W / 2 + 1;
        foreach (int x in shape.W % 2 == 0 ? new[] { 0, shape.W / 2 } : [0])
        {
            for (int i = 0; i < shape.Planes * shape.H; i++)
            {
                int y = i % shape.H;
                int mirror = i - y + (shape.H - y) % shape.H;
                half[2 * (i * columns + x)] = half[2 * (mirror * columns + x)];
                half[2 * (i * columns + x) + 1] = i == mirror ? 0 : -half[2 * (mirror * columns + x) + 1];
            }
        }
    }
}
