using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Solvers.Inverse;

/// <summary>w = k ∗ e for one small symmetric kernel on the measurement grid: a collapsed linear inverse.</summary>
public sealed class KernelInverse : IGramInverse
{
    private readonly Tensor _kernel;

    /// <summary>Creates the inverse for a grid.</summary>
    public KernelInverse(Device device, PeriodicKernel kernel, Shape grid) => _kernel = kernel.ToTensor(device, grid);

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        e.Device.Blur(e, _kernel, 1, 1, null, w);
    }

    /// <summary>Frees the kernel's tensor.</summary>
    public void Dispose() => _kernel.Dispose();
}
