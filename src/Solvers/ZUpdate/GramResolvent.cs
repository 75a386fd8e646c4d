using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.ZUpdate;

/// <summary>
/// w = (ρI + A Aᵀ)⁻¹ e for any operator, and for a ρ that changes from call to call, as in training: conjugate gradients
/// from zero. The host controls the loop.
/// </summary>
public sealed class GramResolvent : IDisposable
{
    private readonly NormalOperator _gram;
    private readonly InnerLoopSpec _loop;
    private readonly InnerLoopWorkspace _workspace;

    /// <summary>Allocates the workspace.</summary>
    /// <param name="linearOperator">The operator A. The caller keeps ownership.</param>
    /// <param name="loop">The stopping criteria.</param>
    public GramResolvent(ILinearOperator linearOperator, InnerLoopSpec loop)
    {
        _gram = new NormalOperator(linearOperator, rho: 0);
        _loop = loop;
        _workspace = new InnerLoopWorkspace(linearOperator.Device, linearOperator.MeasurementShape);
    }

    /// <summary>w = (ρI + A Aᵀ)⁻¹ e. w must not be e.</summary>
    /// <exception cref="ArithmeticException">‖e‖² is not finite.</exception>
    public void Solve(float rho, Tensor e, Tensor w)
    {
        Device device = e.Device;
        double target = HostLoops.SquaredTarget(e, _loop, _workspace);
        device.Fill(0, w);
        device.Copy(e, _workspace.Residual);
        HostLoops.ConjugateGradients(new Shifted(_gram, rho), target, _loop, _workspace, w);
    }

    /// <summary>Frees the workspace.</summary>
    public void Dispose()
    {
        _gram.Dispose();
        _workspace.Dispose();
    }

    /// <summary>ρI + A Aᵀ.</summary>
    private readonly struct Shifted(NormalOperator gram, float rho) : ISymmetricMap
    {
        public void Apply(Tensor x, Tensor y)
        {
            gram.Apply(x, y);
            x.Device.Combine(rho, x, 1, y, y);
        }
    }
}
