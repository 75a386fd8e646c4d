using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// B(ρ) = (ρI + A Aᵀ)⁻¹ if A Aᵀ is a periodic convolution: F⁻¹ diag(1/(Γ + ρ)) F on the measurement grid
/// (docs/mathematics.md §3). Exact, with transforms s² times smaller than on the image grid, or one multiplication if A
/// Aᵀ is scalar. ρ may change from call to call, as in training.
/// </summary>
public sealed class CirculantInverse : IGramInverse
{
    private readonly TensorScope _scope;
    private readonly double _scalar;
    private readonly double[] _spectrum = [];
    private readonly float[] _gains = [];
    private readonly Tensor? _gain;
    private readonly Tensor? _spectrumOfE;
    private double _rho = double.NaN;

    /// <summary>Prepares the inverse: one small transform in double precision.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="gram">A Aᵀ as a periodic convolution.</param>
    /// <param name="grid">The shape of the measurement.</param>
    /// <param name="rho">The penalty ρ.</param>
    public CirculantInverse(Device device, PeriodicKernel gram, Shape grid, double rho)
    {
        _scope = new TensorScope(device);
        _scalar = gram.Centre;
        if (!gram.IsScalar)
        {
            _spectrum = gram.HalfSpectrum(grid.H, grid.W);
            _gains = new float[_spectrum.Length];
            _gain = _scope.Allocate(Shape.Matrix(grid.H, _spectrum.Length / grid.H));
            _spectrumOfE = _scope.Allocate(grid.Spectrum);
        }

        Rho = rho;
    }

    /// <summary>Creates the inverse for another ρ, which shares the workspace.</summary>
    /// <param name="shared">The inverse to share with. It must not be disposed before this one.</param>
    /// <param name="rho">The other ρ.</param>
    public CirculantInverse(CirculantInverse shared, double rho)
    {
        _scope = new TensorScope(shared._scope.Device);
        _scalar = shared._scalar;
        _spectrum = shared._spectrum;
        _gains = shared._gains;
        _gain = shared._gain is null ? null : _scope.Allocate(shared._gain.Shape);
        _spectrumOfE = shared._spectrumOfE;
        Rho = rho;
    }

    /// <summary>The z-solver <c>fft</c>: this inverse, or <see cref="FourierUpdate"/> if that is cheaper.</summary>
    public static ZSolver Solver { get; } = new Fft();

    /// <summary>The penalty ρ, at least 0.</summary>
    public double Rho
    {
        get => _rho;
        set
        {
            if (_rho == value)
            {
                return;
            }

            _rho = value;
            for (int i = 0; i < _gains.Length; i++)
            {
                _gains[i] = (float)(1 / (Math.Max(_spectrum[i], 0) + value));
            }

            if (_gain is not null)
            {
                _scope.Device.Upload(_gains, _gain);
            }
        }
    }

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        Device device = e.Device;
        if (_gain is null)
        {
            device.Scale((float)(1 / (_rho + _scalar)), e, w);
            return;
        }

        device.RealFft2(e, _spectrumOfE!);
        device.ScaleSpectrum(_spectrumOfE!, _gain, _spectrumOfE!);
        device.InverseRealFft2(_spectrumOfE!, w);
    }

    /// <summary>w = B(ρ) e for another ρ, which is kept for later calls.</summary>
    public void Solve(float rho, Tensor e, Tensor w)
    {
        Rho = rho;
        Apply(e, w);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose() => _scope.Dispose();

    private sealed class Fft : InverseZSolver
    {
        public override string Name => "fft";

        public override string Colour => "#E69F00";

        public override string? WhyNot(ZSolverContext context) => (context.Operator.Gram as UnstructuredGram)?.Reason;

        public override string Describe(ZSolverContext context)
        {
            Shape grid = context.Operator.MeasurementShape;
            Shape image = context.Operator.ImageShape;
            return Whole(context) is null
                ? $"A, two {grid.H}×{grid.W} transforms, Aᵀ"
                : $"in Fourier space: two {image.H}×{image.W} transforms";
        }

        public override IZUpdate Create(ZSolverContext context) => Whole(context) is { } blur
            ? new FourierUpdate(blur, context.Y, context.Rho)
            : base.Create(context);

        /// <summary>All ρ share the transforms of kernel and measurement, and the workspace.</summary>
        public override IReadOnlyList<IZUpdate> CreateForEach(ZSolverContext context, IReadOnlyList<double> rho)
        {
            if (Whole(context) is not { } blur)
            {
                return base.CreateForEach(context, rho);
            }

            var first = new FourierUpdate(blur, context.Y, rho[0]);
            return [first, .. rho.Skip(1).Select(other => new FourierUpdate(first, other))];
        }

        public override IGramInverse CreateInverse(ZSolverContext context) => new CirculantInverse(
            context.Operator.Device, context.Operator.Gram.Kernel!, context.Operator.MeasurementShape, context.Rho);

        /// <summary>Returns the operator if transforms of the whole image are cheaper; otherwise null.</summary>
        private static IBlur? Whole(ZSolverContext context) =>
            context.Update == UpdateForm.Residual && context.Operator is IBlur { Boundary: Boundary.Periodic } blur
                && FourierUpdate.IsCheaper(blur)
                ? blur
                : null;
    }
}
