using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using MathNet.Numerics.Random;

namespace InfAdmm.Solvers.Laplace;

/// <summary>y = A x + n with x drawn from a Laplace prior, and the objective ½/σ² ‖y − A x‖² + ‖x‖₁/b.</summary>
public sealed class LaplaceProblem : IDisposable
{
    private readonly Tensor _residual;
    private readonly Tensor _scalar;

    /// <summary>Creates the problem for a measurement.</summary>
    /// <param name="linearOperator">The operator A. This problem takes ownership.</param>
    /// <param name="y">The measurement. This problem takes ownership.</param>
    /// <param name="truth">The image x; null if it is not known. This problem takes ownership.</param>
    /// <param name="sigma">The standard deviation of the noise.</param>
    /// <param name="scale">The scale b of the prior.</param>
    /// <exception cref="InputException">
    /// A value of the measurement is not finite, or its square or that of σ or b is out of the range of single
    /// precision.
    /// </exception>
    public LaplaceProblem(ILinearOperator linearOperator, Tensor y, Tensor? truth, double sigma, double scale)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scale);
        if (y.Shape != linearOperator.MeasurementShape)
        {
            throw new ShapeException($"the measurement must be {linearOperator.MeasurementShape}, got {y.Shape}");
        }

        MeasurementRange.CheckScale(sigma, nameof(sigma));
        MeasurementRange.CheckScale(scale, nameof(scale));
        MeasurementRange.Check(y.ToArray(), nameof(y));
        Operator = linearOperator;
        Y = y;
        Truth = truth;
        Sigma = sigma;
        Scale = scale;
        _residual = linearOperator.Device.Allocate(linearOperator.MeasurementShape);
        _scalar = linearOperator.Device.Allocate(Shape.Scalar);
    }

    /// <summary>The operator A.</summary>
    public ILinearOperator Operator { get; }

    /// <summary>The measurement.</summary>
    public Tensor Y { get; }

    /// <summary>The image that was measured; null if it is not known.</summary>
    public Tensor? Truth { get; }

    /// <summary>The standard deviation σ of the noise.</summary>
    public double Sigma { get; }

    /// <summary>The scale b of the prior.</summary>
    public double Scale { get; }

    /// <summary>The objective at zero, ½/σ² ‖y‖².</summary>
    public double ObjectiveAtZero
    {
        get
        {
            Operator.Device.Dot(Y, Y, _scalar);
            return 0.5 * _scalar.ToScalar() / (Sigma * Sigma);
        }
    }

    /// <summary>Draws x and the noise, and computes y, which is zero where a mask removes measurements.</summary>
    /// <param name="device">The device that holds the problem.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="seed">The seed: the same seed gives the same problem.</param>
    /// <exception cref="InputException">
    /// σ or b is so large, or so small, that squares of the measurement leave the range of single precision; or the
    /// operator does not fit the size.
    /// </exception>
    public static LaplaceProblem Draw(Device device, LaplaceSettings settings, ulong seed)
    {
        MeasurementRange.CheckScale(settings.Sigma, "sigma");
        MeasurementRange.CheckScale(settings.Scale, "scale");
        Shape shape = new Shape(1, 1, settings.Size, settings.Size).Validated();
        ILinearOperator linearOperator = settings.CreateOperator(device, shape, seed);
        var random = new MersenneTwister(unchecked((int)(seed ^ (seed >> 32))), threadSafe: false);
        float[] x = new float[shape.Count];
        for (int i = 0; i < x.Length; i++)
        {
            // The same values as Laplace.Sample of MathNet.Numerics, which would compute the logarithm for the zeros too,
            // and is infinite where the random number is zero.
            double u = NextPositive(random) - 0.5;
            bool isDrawn = settings.Density >= 1 || random.NextDouble() < settings.Density;
            x[i] = isDrawn ? (float)(-settings.Scale * Math.Sign(u) * Math.Log(1 - 2 * Math.Abs(u))) : 0;
        }

        float[] noise = new float[linearOperator.MeasurementShape.Count];
        for (int i = 0; i < noise.Length; i++)
        {
            noise[i] = (float)MathNet.Numerics.Distributions.Normal.Sample(random, 0, settings.Sigma);
        }

        // A x is zero there too.
        (linearOperator as MaskedBlur)?.Mask.ClearMissing(noise);

        using var scope = new TensorScope(device);
        Tensor truth = scope.Add(device.Allocate(shape, x));
        Tensor y = scope.Add(device.Allocate(linearOperator.MeasurementShape, noise));
        Tensor measured = scope.Allocate(linearOperator.MeasurementShape);
        try
        {
            linearOperator.Apply(truth, measured);
            device.Combine(1, y, 1, measured, y);
            MeasurementRange.Check(y.ToArray(), settings.Sigma >= settings.Scale ? "sigma" : "scale");
            var problem = new LaplaceProblem(linearOperator, y, truth, settings.Sigma, settings.Scale);
            scope.Keep(truth);
            scope.Keep(y);
            return problem;
        }
        catch
        {
            linearOperator.Dispose();
            throw;
        }
    }

    private static double NextPositive(MersenneTwister random)
    {
        double value;
        do
        {
            value = random.NextDouble();
        }
        while (value == 0);

        return value;
    }

    /// <summary>The parameter of the soft threshold, τ = σ²/(ρ b) (docs/mathematics.md §2).</summary>
    public double Threshold(double rho) => Sigma * Sigma / (rho * Scale);

    /// <summary>½/σ² ‖y − A x‖² + ‖x‖₁/b. Waits for the device.</summary>
    public double Objective(Tensor x)
    {
        Operator.Device.SumOfMagnitudes(x, _scalar);
        return Objective(x, _scalar.ToScalar());
    }

    /// <summary>The objective of an x with known ‖x‖₁, which needs only the pass over x that A takes.</summary>
    /// <param name="x">The image.</param>
    /// <param name="magnitude">‖x‖₁, from <see cref="AdmmResiduals"/>.</param>
    public double Objective(Tensor x, double magnitude)
    {
        Operator.Residual(Y, x, _residual);
        Operator.Device.Dot(_residual, _residual, _scalar);
        return 0.5 * _scalar.ToScalar() / (Sigma * Sigma) + magnitude / Scale;
    }

    /// <summary>Frees operator, measurement and truth.</summary>
    public void Dispose()
    {
        Operator.Dispose();
        Y.Dispose();
        Truth?.Dispose();
        _residual.Dispose();
        _scalar.Dispose();
    }
}
