using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// Conjugate gradients for (ρI + A Aᵀ) w = e, preconditioned by an approximate inverse C (Hestenes and Stiefel 1952;
/// Golub and Van Loan, Algorithm 11.5.1) and warm-started at the last solution. C must be symmetric positive definite.
/// In the z-solver <c>pcg</c>, C is the inverse for the same blur with a periodic boundary, which is exact away from
/// the border (T. Chan, SIAM J. Sci. Stat. Comput. 9(4):766, 1988). The host controls the loop.
/// </summary>
public sealed class PreconditionedInverse : IGramInverse
{
    private readonly Device _device;
    private readonly InnerLoopSpec _loop;
    private readonly NormalOperator _normal;
    private readonly IGramInverse _preconditioner;
    private readonly TensorScope _scope;
    private readonly Tensor _solution;
    private readonly Tensor _residual;
    private readonly Tensor _preconditioned;
    private readonly Tensor _direction;
    private readonly Tensor _image;
    private readonly Tensor _scalar;

    /// <summary>Creates the solver. It starts at zero.</summary>
    /// <param name="linearOperator">The operator A. The caller keeps ownership.</param>
    /// <param name="rho">The penalty ρ.</param>
    /// <param name="preconditioner">C ≈ (ρI + A Aᵀ)⁻¹. This solver takes ownership.</param>
    /// <param name="loop">The stopping criteria.</param>
    public PreconditionedInverse(
        ILinearOperator linearOperator, double rho, IGramInverse preconditioner, InnerLoopSpec loop)
    {
        _device = linearOperator.Device;
        _loop = loop;
        _normal = new NormalOperator(linearOperator, rho);
        _preconditioner = preconditioner;
        _scope = new TensorScope(_device);
        Shape grid = linearOperator.MeasurementShape;
        _solution = _scope.Add(_device.AllocateZeros(grid));
        _residual = _scope.Allocate(grid);
        _preconditioned = _scope.Allocate(grid);
        _direction = _scope.Allocate(grid);
        _image = _scope.Allocate(grid);
        _scalar = _scope.Allocate(Shape.Scalar);
    }

    /// <summary>The z-solver <c>pcg</c>.</summary>
    public static ZSolver Solver { get; } = new PreconditionedConjugateGradients();

    /// <inheritdoc/>
    public int InnerIterations { get; private set; }

    /// <inheritdoc/>
    public bool IsRecordable => false;

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        double target = HostLoops.SquaredTarget(Dot(e, e), _loop);
        _normal.Residual(e, _solution, _residual);
        InnerIterations = 0;
        double product = 0;
        while (InnerIterations < _loop.MaxIterations && !(Dot(_residual, _residual) <= target))
        {
            _preconditioner.Apply(_residual, _preconditioned);
            double next = Dot(_residual, _preconditioned);
            _device.Combine(
                1, _preconditioned, InnerIterations == 0 ? 0 : (float)(next / product),
                InnerIterations == 0 ? _preconditioned : _direction, _direction);
            product = next;
            _normal.Apply(_direction, _image);
            double curvature = Dot(_direction, _image);
            if (!(curvature > 0))
            {
                break;
            }

            float length = (float)(product / curvature);
            _device.Combine(1, _solution, length, _direction, _solution);
            _device.Combine(1, _residual, -length, _image, _residual);
            InnerIterations++;
        }

        _device.Copy(_solution, w);
    }

    /// <summary>True for a blur with a boundary for which A Aᵀ is not a periodic convolution.</summary>
    internal static bool AppliesTo(ILinearOperator linearOperator) =>
        linearOperator is IBlur && linearOperator.Gram is UnstructuredGram;

    /// <summary>Frees the workspace and the preconditioner.</summary>
    public void Dispose()
    {
        _scope.Dispose();
        _normal.Dispose();
        _preconditioner.Dispose();
    }

    private double Dot(Tensor a, Tensor b)
    {
        _device.Dot(a, b, _scalar);
        return _scalar.ToScalar();
    }

    private sealed class PreconditionedConjugateGradients : InverseZSolver
    {
        public override string Name => "pcg";

        public override string Colour => "#332288";

        public override bool HasInnerLoop => true;

        public override string? WhyNot(ZSolverContext context) => context.Operator switch
        {
            _ when AppliesTo(context.Operator) => null,
            { Gram: UnstructuredGram } => "there is no periodic blur close to this operator to precondition with",
            _ => "the preconditioner would be the exact inverse: use fft",
        };

        public override string Describe(ZSolverContext context)
        {
            Shape grid = context.Operator.MeasurementShape;
            return $"A, inner loop with A after Aᵀ and two {grid.H}×{grid.W} transforms, Aᵀ";
        }

        public override IGramInverse CreateInverse(ZSolverContext context)
        {
            var blur = (IBlur)context.Operator;
            var periodic = PeriodicKernel.Gram(blur.Kernel, blur.Stride);
            var preconditioner = new CirculantInverse(blur.Device, periodic, blur.MeasurementShape, context.Rho);
            return new PreconditionedInverse(blur, context.Rho, preconditioner, context.InnerLoop);
        }
    }
}
