using InfAdmm.Engine;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// Every exact z-solver, compared with the reference's dense solve, for all its kernels, strides and values of ρ.
/// </summary>
public sealed class ZUpdateTests
{
    public static TheoryData<string, int, double, string> Cases
    {
        get
        {
            var data = new TheoryData<string, int, double, string>();
            foreach ((string tag, int stride) in Fixture.Operators)
            {
                foreach (double rho in (double[])[1, 1e-3])
                {
                    foreach (string solver in (string[])["fft", "cholesky", "cg", "cg-image", "gd", "fourier"])
                    {
                        data.Add(tag, stride, rho, solver);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Solver_agrees_with_the_reference(string tag, int stride, double rho, string solver) =>
        Fixture.OnDevice(device =>
        {
            double[] expected = Fixture.Load(rho == 1 ? $"op_{tag}_z_rho1" : $"op_{tag}_z_rho0.001").Values;
            using Tensor q = Fixture.Tensor(device, $"op_{tag}_q");
            using Tensor y = Fixture.Tensor(device, $"op_{tag}_y");
            using var a = new BlurDownsample(device, Fixture.Kernel($"op_{tag}_kernel"), stride, q.Shape);
            using IZUpdate normal = solver == "fourier"
                ? new FourierUpdate(a, y, rho)
                : ZSolvers.Create(solver, new ZSolverContext(a, y, rho));
            using Tensor z = device.Allocate(q.Shape);
            normal.Solve(q, z);
            Assert.InRange(Fixture.RelativeError(z, expected), 0, Tolerance(solver));
            normal.Solve(q, z);
            Assert.InRange(Fixture.RelativeError(z, expected), 0, Tolerance(solver));
        });

    /// <summary>
    /// Direct solvers: float32 rounding, amplified at most 16 times. Inner loops stop at a residual of 1e-6; the error
    /// bound allows that times ‖e‖/(2√ρ).
    /// </summary>
    private static double Tolerance(string solver) => solver is "cg" or "cg-image" or "gd" ? 3e-5 : 3e-6;

    [Fact]
    public void Double_precision_reference_agrees_with_the_dense_solve() => Fixture.OnDevice(device =>
    {
        foreach ((string tag, int stride) in Fixture.Operators)
        {
            using Tensor q = Fixture.Tensor(device, $"op_{tag}_q");
            using Tensor y = Fixture.Tensor(device, $"op_{tag}_y");
            using var a = new BlurDownsample(device, Fixture.Kernel($"op_{tag}_kernel"), stride, q.Shape);
            double[] z = ExactReference.Create(a, y, 1e-3)!.Solve(Fixture.Load($"op_{tag}_q").Values);
            double[] expected = Fixture.Load($"op_{tag}_z_rho0.001").Values;

            // Only y was rounded to float32: 6e-8, amplified by at most ‖Aᵀ B‖ ≤ 1/(2√ρ) = 16.
            double error = z.Zip(expected, (u, v) => (u - v) * (u - v)).Sum() / expected.Sum(v => v * v);
            Assert.InRange(Math.Sqrt(error), 0, 2e-6);
        }
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Double_precision_reference_agrees_with_the_solvers_for_a_large_kernel(int stride) =>
        Fixture.OnDevice(device =>
        {
            // 31×31 nonzero entries: the reference takes its other code path.
            var shape = new Shape(1, 2, 48, 64);
            using var a = new BlurDownsample(device, BlurKernel.Gaussian(31, 4), stride, shape);
            using Tensor q = device.Allocate(shape, Fixture.Normal((int)shape.Count, 1));
            using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2));
            using var normal = new MeasurementUpdate(
                a, y, 0.01, new CirculantInverse(a.Device, a.Gram.Kernel!, a.MeasurementShape, 0.01));
            using Tensor z = device.Allocate(shape);
            normal.Solve(q, z);
            Assert.InRange(ExactReference.Create(a, y, 0.01)!.RelativeError(q, z), 0, 3e-6);
        });

    [Theory]
    [InlineData("deblur9", 1)]
    [InlineData("gauss9", 4)]
    public void Updates_that_share_memory_each_use_their_rho(string kernel, int stride) => Fixture.OnDevice(device =>
    {
        double[] rho = [0.5, 1e-3, 0.05];
        BlurKernel blur = kernel == "deblur9" ? BlurKernel.Motion(9, 30) : BlurKernel.Gaussian(9, 1.5);
        var shape = new Shape(1, 2, 48, 64);
        using var a = new BlurDownsample(device, blur, stride, shape);
        using Tensor q = device.Allocate(shape, Fixture.Normal((int)shape.Count, 1));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2));
        using Tensor z = device.Allocate(shape);
        IReadOnlyList<IZUpdate> updates = ZSolvers.CreateForEach(
            CirculantInverse.Solver, new ZSolverContext(a, y, 1), rho);
        device.Upload(Fixture.Normal((int)a.MeasurementShape.Count, 3), y);
        foreach (IZUpdate update in updates)
        {
            update.MeasurementChanged();
        }

        for (int i = 0; i < rho.Length; i++)
        {
            updates[i].Solve(q, z);
            Assert.InRange(ExactReference.Create(a, y, rho[i])!.RelativeError(q, z), 0, 1e-5);
        }

        foreach (IZUpdate update in updates)
        {
            update.Dispose();
        }
    });

    /// <summary>
    /// Catches updates that share their workspace and then use the ρ or the preconditioner of another, and a w that is
    /// continued without its products.
    /// </summary>
    [Fact]
    public void Preconditioned_updates_that_share_memory_each_use_their_rho() => Fixture.OnDevice(device =>
    {
        double[] rho = [0.5, 1e-3, 0.05];
        var shape = new Shape(1, 2, 24, 32);
        Mask mask = Mask.Random(device, shape, 0.7, seed: 1);
        using var a = new MaskedBlur(device, BlurKernel.Motion(5, 30), 1, shape, mask);
        using Tensor q = device.Allocate(shape, Fixture.Normal((int)shape.Count, 1));
        using Tensor y = device.Allocate(shape, Fixture.Normal((int)shape.Count, 2));
        using Tensor z = device.Allocate(shape);
        IReadOnlyList<IZUpdate> updates = ZSolvers.CreateForEach(
            CirculantPreconditioner.Solver, new ZSolverContext(a, y, 1), rho);
        foreach (int i in (int[])[0, 1, 2, 0, 2, 1])
        {
            updates[i].Solve(q, z);
            Assert.InRange(ExactReference.Create(a, y, rho[i])!.RelativeError(q, z), 0, 1e-5);
        }

        // Nothing is left to do when ρ stays.
        updates[1].Solve(q, z);
        Assert.InRange(updates[1].InnerIterations, 0, 1);
        foreach (IZUpdate update in updates)
        {
            update.Dispose();
        }
    });

    /// <summary>
    /// Catches a preconditioner that is not positive definite, not symmetric or not finite, and makes z wrong in silence.
    /// </summary>
    [Theory]
    [InlineData("negative")]
    [InlineData("overflowing")]
    [InlineData("nan")]
    [InlineData("turned")]
    [InlineData("zero")]
    public void A_bad_preconditioner_costs_time_and_not_accuracy(string kind) => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 1, 24, 32);
        using var a = new MaskedBlur(device, BlurKernel.Motion(5, 30), 1, shape, Mask.Random(device, shape, 0.7, seed: 1));
        using Tensor q = device.Allocate(shape, Fixture.Normal((int)shape.Count, 1));
        using Tensor y = device.Allocate(shape, Fixture.Normal((int)shape.Count, 2));
        using Tensor z = device.Allocate(shape);
        using var update = new PreconditionedUpdate(new ZSolverContext(a, y, 0.01), new BadInverse(kind));
        for (int call = 0; call < 2; call++)
        {
            update.Solve(q, z);
            Assert.InRange(ExactReference.Create(a, y, 0.01)!.RelativeError(q, z), 0, 1e-5);
            device.Upload(Fixture.Normal((int)shape.Count, 3), q);
        }
    });

    /// <summary>Catches a solver whose result for an image depends on the images before it.</summary>
    [Theory]
    [InlineData("cg")]
    [InlineData("cg-image")]
    [InlineData("gd")]
    [InlineData("pcg-circulant")]
    [InlineData("pcg-local")]
    [InlineData("local")]
    public void A_new_measurement_starts_from_nothing(string solver) => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 1, 24, 32);
        foreach (bool isMasked in (bool[])[false, true])
        {
            using ILinearOperator a = isMasked
                ? new MaskedBlur(device, BlurKernel.Gaussian(5, 1), 2, shape, Mask.Random(device, shape with { H = 12, W = 16 }, 0.5, 1))
                : new BlurDownsample(device, BlurKernel.Gaussian(5, 1), 2, shape);
            using Tensor q = device.Allocate(shape, Fixture.Normal((int)shape.Count, 1));
            using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2));
            using Tensor z = device.Allocate(shape);
            var context = new ZSolverContext(a, y, 0.01);
            if (ZSolvers.Find(solver).WhyNot(context) is not null)
            {
                continue;
            }

            using IZUpdate update = ZSolvers.Create(solver, context);
            update.Solve(q, z);
            device.Scale(-3, y, y);
            update.MeasurementChanged();
            using Tensor fresh = device.Allocate(shape);
            using IZUpdate other = ZSolvers.Create(solver, context);
            other.Solve(q, fresh);
            update.Solve(q, z);

            Assert.Equal(fresh.ToArray(), z.ToArray());
        }
    });

    [Fact]
    public void Tiny_penalties_do_not_overflow() => Fixture.OnDevice(device =>
    {
        // ‖Aᵀe/ρ‖² would overflow float32, but A Aᵀ is well conditioned here, so the answer does not.
        const double Rho = 1e-20;
        using Tensor q = Fixture.Tensor(device, "op_gauss9_s4_q");
        using Tensor y = Fixture.Tensor(device, "op_gauss9_s4_y");
        using var a = new BlurDownsample(device, Fixture.Kernel("op_gauss9_s4_kernel"), 4, q.Shape);
        using Tensor z = device.Allocate(q.Shape);
        foreach (string solver in (string[])["fft", "cg", "cg-image", "gd"])
        {
            using IZUpdate normal = ZSolvers.Create(solver, new ZSolverContext(a, y, Rho));
            normal.Solve(q, z);
            Assert.InRange(ExactReference.Create(a, y, Rho)!.RelativeError(q, z), 0, 1e-5);
        }
    });

    [Fact]
    public void Scalar_is_exact_where_kernels_do_not_overlap() => Fixture.OnDevice(device =>
    {
        var shape = new Shape(1, 3, 32, 40);
        using var a = new BlurDownsample(device, BlurKernel.Gaussian(3, 1), 4, shape);
        using Tensor q = device.Allocate(shape, Fixture.Normal((int)shape.Count, 1));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2));
        using IZUpdate normal = ZSolvers.Create("scalar", new ZSolverContext(a, y, 0.01));
        using Tensor z = device.Allocate(shape);
        normal.Solve(q, z);
        Assert.InRange(ExactReference.Create(a, y, 0.01)!.RelativeError(q, z), 0, 1e-6);
    });

    [Fact]
    public void Certificate_bounds_the_error_of_any_approximation() => Fixture.OnDevice(device =>
    {
        // s = e − (ρI + A Aᵀ)ŵ bounds ‖Δz‖ by ‖s‖/(2√ρ) for any ŵ (docs/mathematics.md §1).
        const double Rho = 1e-3;
        using Tensor q = Fixture.Tensor(device, "op_motion9_s1_q");
        using Tensor y = Fixture.Tensor(device, "op_motion9_s1_y");
        using var a = new BlurDownsample(device, Fixture.Kernel("op_motion9_s1_kernel"), 1, q.Shape);
        using var update = new MeasurementUpdate(a, y, Rho, new ScalarInverse(1 / (Rho + a.Gram.Kernel!.Centre)));
        using Tensor z = device.Allocate(q.Shape);
        update.Solve(q, z);
        using Tensor normal = a.Gram.Kernel!.PlusIdentity(Rho).ToTensor(device, a.MeasurementShape);
        using Tensor s = device.Allocate(a.MeasurementShape);
        device.Blur(update.W, normal, 1, -1, update.E, s);
        double[] exact = Fixture.Load("op_motion9_s1_z_rho0.001").Values;
        double error = Math.Sqrt(z.ToArray().Zip(exact, (u, v) => (u - v) * (u - v)).Sum());
        double bound = Fixture.Norm(s.ToArray()) / (2 * Math.Sqrt(Rho));
        Assert.InRange(error, 1e-3, bound);
    });

    [Fact]
    public void Published_update_equals_the_residual_form_for_an_exact_inverse() => Fixture.OnDevice(device =>
    {
        using Tensor q = Fixture.Tensor(device, "op_random5_s2_q");
        using Tensor y = Fixture.Tensor(device, "op_random5_s2_y");
        using var a = new BlurDownsample(device, Fixture.Kernel("op_random5_s2_kernel"), 2, q.Shape);
        using var normal = new PublishedUpdate(
            a, y, 1, new CirculantInverse(a.Device, a.Gram.Kernel!, a.MeasurementShape, 1));
        using Tensor z = device.Allocate(q.Shape);
        normal.Solve(q, z);
        Assert.InRange(Fixture.RelativeError(z, Fixture.Load("op_random5_s2_z_rho1").Values), 0, 1e-6);
    });

    [Theory]
    [InlineData("cg", Boundary.Periodic)]
    [InlineData("cg-image", Boundary.Periodic)]
    [InlineData("gd", Boundary.Periodic)]
    [InlineData("cg", Boundary.Zero)]
    [InlineData("pcg-circulant", Boundary.Zero)]
    [InlineData("cg-image", Boundary.Zero)]
    [InlineData("gd", Boundary.Zero)]
    public void Warm_start_saves_iterations(string solver, Boundary boundary) => Fixture.OnDevice(device =>
    {
        using Tensor q = Fixture.Tensor(device, "op_gauss9_s4_q");
        using Tensor y = Fixture.Tensor(device, "op_gauss9_s4_y");
        using var a = new BlurDownsample(device, Fixture.Kernel("op_gauss9_s4_kernel"), 4, q.Shape, boundary);
        using Tensor z = device.Allocate(q.Shape);
        using IZUpdate normal = ZSolvers.Create(solver, new ZSolverContext(a, y, 1e-3));
        normal.Solve(q, z);
        int first = normal.InnerIterations;
        normal.Solve(q, z);
        int second = normal.InnerIterations;
        Assert.True(first > 4 && second <= 2, $"{first}, then {second} iterations");
    });

    /// <summary>
    /// Catches an inner loop that takes an infinite ‖e‖² as its target, stops at once, and returns z = q as the
    /// solution.
    /// </summary>
    [Theory]
    [InlineData("cg", Boundary.Periodic)]
    [InlineData("cg-image", Boundary.Periodic)]
    [InlineData("gd", Boundary.Periodic)]
    [InlineData("cg", Boundary.Zero)]
    [InlineData("pcg-circulant", Boundary.Zero)]
    public void Inner_loops_refuse_values_that_overflow(string solver, Boundary boundary) => Fixture.OnDevice(device =>
    {
        using Tensor q = Fixture.Tensor(device, "op_gauss9_s4_q");
        using Tensor y = Fixture.Tensor(device, "op_gauss9_s4_y");
        using var a = new BlurDownsample(device, Fixture.Kernel("op_gauss9_s4_kernel"), 4, q.Shape, boundary);
        using Tensor z = device.Allocate(q.Shape);
        using IZUpdate update = ZSolvers.Create(solver, new ZSolverContext(a, y, 1e-3));
        foreach (float value in (float[])[1e25f, float.NaN])
        {
            device.Fill(value, y);
            Assert.Throws<ArithmeticException>(() => update.Solve(q, z));
        }
    });

    [Fact]
    public void Residual_is_measured_alike_for_all() => Fixture.OnDevice(device =>
    {
        using Tensor q = Fixture.Tensor(device, "op_gauss9_s4_q");
        using Tensor y = Fixture.Tensor(device, "op_gauss9_s4_y");
        using var a = new BlurDownsample(device, Fixture.Kernel("op_gauss9_s4_kernel"), 4, q.Shape);
        using var residual = new NormalResidual(a, y, 1e-3);
        using IZUpdate exact = ZSolvers.Create("fft", new ZSolverContext(a, y, 1e-3));
        using Tensor z = device.Allocate(q.Shape);
        exact.Solve(q, z);
        Assert.InRange(residual.Relative(q, z), 0, 1e-5);
        Assert.Equal(1, residual.Relative(q, q), 1e-5);
    });

    private sealed class BadInverse(string kind) : IGramInverse
    {
        public void Apply(Tensor e, Tensor w)
        {
            float[] values = e.ToArray();
            w.Device.Upload(
                kind switch
                {
                    "negative" => Array.ConvertAll(values, value => -value),
                    "overflowing" => Array.ConvertAll(values, value => 1e30f * value),
                    "nan" => Array.ConvertAll(values, _ => float.NaN),
                    "turned" => [.. values.Reverse().Zip(values, (a, b) => a + 1e-3f * b)],
                    _ => new float[values.Length],
                },
                w);
        }

        public void Dispose()
        {
        }
    }
}
