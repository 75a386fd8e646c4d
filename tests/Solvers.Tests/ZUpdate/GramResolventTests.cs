using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>(ρI + A Aᵀ)⁻¹ for a ρ that changes from call to call.</summary>
public sealed class GramResolventTests
{
    /// <summary>Catches the ρ of the call before, a start from the last solution, and a residual without ρ.</summary>
    [Fact]
    public void It_solves_with_the_rho_of_each_call() => Fixture.OnDevice(device =>
    {
        var shape = new Shape(2, 1, 12, 15);
        Mask mask = Mask.Random(device, shape, 0.6, seed: 1);
        using var a = new MaskedBlur(device, BlurKernel.Motion(5, 30), 1, shape, mask);
        using var resolvent = new GramResolvent(a, new InnerLoopSpec(1e-6f, 1000));
        using Tensor e = device.Allocate(shape);
        using Tensor w = device.Allocate(shape);
        float[] penalties = [0.5f, 0.01f, 2];
        for (int call = 0; call < penalties.Length; call++)
        {
            float rho = penalties[call];
            float[] values = Fixture.Normal((int)shape.Count, call);
            device.Upload(values, e);
            resolvent.Solve(rho, e, w);

            double[] residual = Residual(a, rho, w.ToArray(), values);
            double norm = Math.Sqrt(values.Sum(value => (double)value * value));
            Assert.InRange(Math.Sqrt(residual.Sum(value => value * value)) / norm, 0, 1e-5);
        }

        using Tensor zero = device.AllocateZeros(shape);
        resolvent.Solve(1, zero, w);
        Assert.All(w.ToArray(), value => Assert.Equal(0, value));
    });

    /// <summary>e − ρ w − A Aᵀ w, from the rows of A in double precision.</summary>
    private static double[] Residual(MaskedBlur a, double rho, float[] w, float[] e)
    {
        int plane = a.MeasurementShape.PlaneSize;
        var rows = new List<(int Pixel, double Weight)>[plane];
        for (int i = 0; i < plane; i++)
        {
            rows[i] = [];
            a.AppendRow(i, rows[i]);
        }

        double[] residual = new double[e.Length];
        for (int start = 0; start < e.Length; start += plane)
        {
            double[] image = new double[a.ImageShape.PlaneSize];
            for (int i = 0; i < plane; i++)
            {
                foreach ((int pixel, double weight) in rows[i])
                {
                    image[pixel] += weight * w[start + i];
                }
            }

            for (int i = 0; i < plane; i++)
            {
                residual[start + i] = e[start + i] - rho * w[start + i] - rows[i].Sum(entry => entry.Weight * image[entry.Pixel]);
            }
        }

        return residual;
    }
}
