using InfAdmm.Engine;
using InfAdmm.Kernels.Cpu;
using InfAdmm.Solvers;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Imaging.Tests;

/// <summary>The library example of the README, as it stands there.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void Example_runs_and_reduces_the_misfit()
    {
        float[] measured = Fixture.Normal(3 * 64 * 64, 1);

        using var device = CpuDevice.Create();
        var imageShape = new Shape(1, 3, 256, 256);
        using var a = new BlurDownsample(device, BlurKernel.Gaussian(9, 1.5), stride: 4, imageShape);
        using Tensor y = device.Allocate(a.MeasurementShape, measured);

        const float Rho = 0.01f;
        const float Tau = 0.001f;
        using IZUpdate normal = ZSolvers.Create("fft", new ZSolverContext(a, y, Rho));
        using var admm = new Admm(device, imageShape, normal, new SoftThreshold(), Rho, Tau);
        admm.Run(iterations: 100, relative: 1e-4);
        float[] estimate = admm.X.ToArray();

        Assert.Equal(3 * 256 * 256, estimate.Length);
        using Tensor fit = device.Allocate(a.MeasurementShape);
        a.Residual(y, admm.X, fit);
        Assert.InRange(Fixture.Norm(fit.ToArray()), 0, 0.1 * Fixture.Norm(measured));
    }
}
