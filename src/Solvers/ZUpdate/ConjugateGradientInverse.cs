using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// Conjugate gradients for (ρI + A Aᵀ) w = e on the measurement grid, where the matrix is one small convolution
/// (<see cref="NormalOperator"/>), warm started at the last solution: the fair inner loop (MATH.md §3). A convolution
/// with a large kernel goes through the Fourier transform, and the host steers.
/// </summary>
public sealed class ConjugateGradientInverse : IGramInverse
{
    private readonly Device _device;
    private readonly InnerLoopSpec _loop;
    private readonly NormalOperator _normal;
    private readonly InnerLoopWorkspace _workspace;
    private readonly Tensor _solution;

    /// <summary>Creates the solver; its first start is zero.</summary>
    public ConjugateGradientInverse(BlurDownsample linearOperator, double rho, InnerLoopSpec loop)
    {
        _device = linearOperator.Device;
        _loop = loop;
        _normal = new NormalOperator(linearOperator, rho);
        _workspace = new InnerLoopWorkspace(_device, linearOperator.MeasurementShape);
        _solution = _device.AllocateZeros(linearOperator.MeasurementShape);
    }

    /// <inheritdoc/>
    public int InnerIterations => (int)_workspace.Iterations.ToScalar();

    /// <inheritdoc/>
    public bool IsRecordable => _normal.Kernel is not null && _device.SteersInnerLoops;

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        if (_normal.Kernel is { } kernel)
        {
            _device.SolveGram(e, kernel, _loop, _workspace, _solution);
        }
        else
        {
            SolveFromHost(e);
        }

        _device.Copy(_solution, w);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _solution.Dispose();
        _workspace.Dispose();
        _normal.Dispose();
    }

    private void SolveFromHost(Tensor e)
    {
        Tensor residual = _workspace.Part(0);
        Tensor direction = _workspace.Part(1);
        Tensor image = _workspace.Part(2);
        Tensor square = _workspace.SquaredResidual;
        _device.Dot(e, e, square);
        double target = (double)_loop.Tolerance * _loop.Tolerance * square.ToScalar();
        _normal.Residual(e, _solution, residual);
        _device.Copy(residual, direction);
        _device.Dot(residual, residual, square);
        int iteration = 0;
        while (iteration < _loop.MaxIterations && !(square.ToScalar() <= target))
        {
            _normal.Apply(direction, image);
            _device.ConjugateGradientStep(direction, image, _solution, residual, square);
            iteration++;
        }

        _device.Fill(iteration, _workspace.Iterations);
    }
}
