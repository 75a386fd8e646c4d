using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// w = k ∗ e for one small symmetric kernel on the measurement grid: a collapsed linear inverse. It is positive
/// definite for any boundary if k is positive definite on an infinite grid, because a zero boundary only restricts it.
/// </summary>
public sealed class KernelInverse : IGramInverse
{
    private readonly Tensor _kernel;
    private readonly Boundary _boundary;

    /// <summary>Creates the inverse for a grid.</summary>
    /// <param name="device">The device that runs it.</param>
    /// <param name="kernel">The kernel k.</param>
    /// <param name="grid">The shape of the measurement.</param>
    /// <param name="boundary">The boundary of A.</param>
    /// <exception cref="InputException">Without a periodic boundary, the grid is smaller than the kernel.</exception>
    public KernelInverse(Device device, PeriodicKernel kernel, Shape grid, Boundary boundary = Boundary.Periodic)
    {
        _boundary = Padding(boundary);
        if (_boundary != Boundary.Periodic && (kernel.Height > grid.H || kernel.Width > grid.W))
        {
            throw new InputException(
                $"a measurement of {grid.W}x{grid.H} is smaller than the learned kernel of " +
                $"{kernel.Width}x{kernel.Height}: choose a larger image or another z-solver");
        }

        _kernel = kernel.ToTensor(device, grid);
    }

    /// <summary>How a learned inverse extends a measurement beyond its edges, for each boundary of A.</summary>
    public static Boundary Padding(Boundary boundary) =>
        boundary == Boundary.Periodic ? Boundary.Periodic : Boundary.Zero;

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w) => e.Device.Blur(e, _kernel, 1, _boundary, 1, null, w);

    /// <summary>Frees the kernel's tensor.</summary>
    public void Dispose() => _kernel.Dispose();
}
