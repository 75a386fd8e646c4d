using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// A random z-update: a blur, a masked or a varying one, kernel (smooth, one-sided or random), stride, boundary, odd and
/// even sizes, ρ log-uniform from 1e-5 to 10, and y and q of noise, constants and spikes. The same seed gives the same problem.
/// </summary>
internal sealed class RandomZProblem : IDisposable
{
    private readonly Random _random;
    private readonly int _seed;

    public RandomZProblem(Device device, int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        Rho = Math.Pow(10, -5 + 6 * _random.NextDouble());
        var boundary = (Boundary)_random.Next(4);
        int stride = _random.Next(1, 5);
        int height = stride * _random.Next(3, 10);
        int width = stride * _random.Next(3, 10);
        BlurKernel kernel = Kernel(Math.Min(height, 9), Math.Min(width, 9));
        A = CreateOperator(device, kernel, stride, new Shape(1, _random.Next(1, 3), height, width), boundary);
        Q = device.Allocate(A.ImageShape, Values((int)A.ImageShape.Count));
        float[] y = Values((int)A.MeasurementShape.Count);
        A.Local!.Mask?.ClearMissing(y);
        Y = device.Allocate(A.MeasurementShape, y);
        Z = device.Allocate(A.ImageShape);
    }

    public ILinearOperator A { get; }

    public double Rho { get; }

    public Tensor Q { get; }

    public Tensor Y { get; }

    public Tensor Z { get; }

    public override string ToString() =>
        $"problem {_seed}: {A.GetType().Name}, {A.ImageShape} → {A.MeasurementShape}, {A.Boundary}, ρ = {Rho:e2}";

    /// <summary>An inverse whose w is exact, close, zero or garbage; it takes turns with the seed.</summary>
    public IGramInverse Inverse() => new GivenInverse(this, (Quality)(_seed % 4));

    /// <summary>‖z − z_exact‖ and the same relative to max(‖z_exact‖, ‖q‖), in double precision.</summary>
    public (double Absolute, double Relative) TrueError()
    {
        double[] q = Array.ConvertAll(Q.ToArray(), value => (double)value);
        double[] exact = ExactReference.Create(A, Y, Rho)!.Solve(q);
        double error = Norm([.. Z.ToArray().Zip(exact, (value, e) => value - e)]);
        double scale = Math.Max(Norm(exact), Norm(q));
        return (error, scale == 0 ? error : error / scale);
    }

    public void Dispose()
    {
        A.Dispose();
        Q.Dispose();
        Y.Dispose();
        Z.Dispose();
    }

    private ILinearOperator CreateOperator(
        Device device, BlurKernel kernel, int stride, Shape image, Boundary boundary)
    {
        Shape grid = Device.BlurOutput(image, Shape.Matrix(kernel.Height, kernel.Width), stride, boundary);
        int rows = Math.Min(_random.Next(1, 4), grid.H);
        int columns = Math.Min(_random.Next(1, 4), grid.W);
        switch (_random.Next(3))
        {
            case 0:
                return new BlurDownsample(device, kernel, stride, image, boundary);
            case 1:
                var mask = Mask.Random(device, grid, 0.1 + 0.9 * _random.NextDouble(), (ulong)_seed);
                return new MaskedBlur(device, kernel, stride, image, mask, boundary);
            default:
                BlurKernel[] kernels =
                    [kernel, .. Enumerable.Range(1, rows * columns - 1).Select(_ => Kernel(kernel.Height, kernel.Width))];
                BlurKernel[] alike = [.. kernels.Select(k => Padded(k, kernel.Height, kernel.Width))];
                return new VaryingBlur(device, new KernelField(alike, rows), stride, image, boundary);
        }
    }

    private static BlurKernel Padded(BlurKernel kernel, int height, int width) => new(
        height, width,
        Enumerable.Range(0, height * width).Select(i => i / width < kernel.Height && i % width < kernel.Width
            ? kernel[i / width, i % width]
            : 0));

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));

    private BlurKernel Kernel(int highest, int widest)
    {
        int height = _random.Next(1, highest + 1);
        int width = _random.Next(1, widest + 1);
        int kind = _random.Next(3);
        double[] values = new double[height * width];
        for (int i = 0; i < values.Length; i++)
        {
            double row = i / width - (height - 1) / 2.0;
            double column = i % width - (width - 1) / 2.0;
            values[i] = kind switch
            {
                0 => Math.Exp(-(row * row + column * column) / 4),
                1 => 1.0 + i,
                _ => _random.NextDouble() - 0.5,
            };
        }

        double scale = kind == 2 ? Norm(values) : values.Sum();
        return new BlurKernel(height, width, values.Select(value => value / scale));
    }

    private float[] Values(int count)
    {
        float[] values = new float[count];
        switch (_random.Next(4))
        {
            case 0:
                return Fixture.Normal(count, _random.Next());
            case 1:
                Array.Fill(values, (float)_random.NextDouble());
                break;
            case 2:
                values[_random.Next(count)] = 1;
                break;
            default:
                break;
        }

        return values;
    }

    private enum Quality
    {
        Exact,
        Close,
        Zero,
        Garbage,
    }

    private sealed class GivenInverse(RandomZProblem problem, Quality quality) : IGramInverse
    {
        public void Apply(Tensor e, Tensor w)
        {
            float[] values = e.ToArray();
            double[] exact = InverseProblem.SolveByRows(problem.A, (IMatrixRows)problem.A, problem.Rho, values);
            float[] noise = Fixture.Normal(values.Length, problem._seed + 1);
            double size = Norm(exact) / Math.Sqrt(exact.Length);
            double share = Math.Pow(10, -1 - problem._seed / 4 % 5);
            w.Device.Upload(
                [
                    .. exact.Select((value, i) => quality switch
                    {
                        Quality.Exact => (float)value,
                        Quality.Close => (float)(value + share * size * noise[i]),
                        Quality.Zero => 0,
                        _ => 100 * noise[i],
                    }),
                ],
                w);
        }

        public void Dispose()
        {
        }
    }
}
