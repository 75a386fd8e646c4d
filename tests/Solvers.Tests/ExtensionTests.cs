using InfAdmm.Engine;
using InfAdmm.Solvers.Laplace;
using InfAdmm.Solvers.Operators;
using InfAdmm.Solvers.Proximal;
using InfAdmm.Solvers.ZUpdate;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// Verifies a claim of CONTRIBUTING.md: an operator, a z-solver and a proximal operator of one class each, defined
/// outside the library, work everywhere in it.
/// </summary>
public sealed class ExtensionTests
{
    [Theory]
    [InlineData("cholesky")]
    [InlineData("cg")]
    [InlineData("cg-image")]
    [InlineData("gd")]
    public void Every_generic_solver_works_on_an_operator_of_the_users(string solver) => Fixture.OnDevice(device =>
    {
        const double Rho = 0.1;
        using var a = new MovingAverage(device, new Shape(2, 1, 7, 33));
        using Tensor q = device.Allocate(a.ImageShape, Fixture.Normal((int)a.ImageShape.Count, 1));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal((int)a.MeasurementShape.Count, 2));
        using Tensor z = device.Allocate(a.ImageShape);
        using IZUpdate update = ZSolvers.Create(solver, new ZSolverContext(a, y, Rho));
        update.Solve(q, z);
        using var residual = new NormalResidual(a, y, Rho);
        Assert.InRange(residual.Relative(q, z), 0, 2e-5);
    });

    [Fact]
    public void What_an_operator_does_not_define_follows_from_what_it_does() => Fixture.OnDevice(device =>
    {
        const float Scale = -0.7f;
        using ILinearOperator a = new MovingAverage(device, new Shape(2, 1, 7, 33));
        int pixels = (int)a.ImageShape.Count;
        int measured = (int)a.MeasurementShape.Count;
        using Tensor q = device.Allocate(a.ImageShape, Fixture.Normal(pixels, 1));
        using Tensor y = device.Allocate(a.MeasurementShape, Fixture.Normal(measured, 2));
        using Tensor e = device.Allocate(a.MeasurementShape, Fixture.Normal(measured, 3));
        using Tensor z = device.Allocate(a.ImageShape, Fixture.Normal(pixels, 4));
        a.Residual(y, q, e, Scale);
        a.AddAdjoint(q, Scale, y, z);

        int width = a.MeasurementShape.W;
        double[] residual = Array.ConvertAll(y.ToArray(), value => (double)value);
        double[] image = Array.ConvertAll(q.ToArray(), value => (double)value);
        float[] from = q.ToArray();
        float[] back = y.ToArray();
        for (int i = 0; i < measured; i++)
        {
            int pixel = i / width * (width + 1) + i % width;
            residual[i] -= Scale * 0.5 * (from[pixel] + (double)from[pixel + 1]);
            image[pixel] += Scale * 0.5 * back[i];
            image[pixel + 1] += Scale * 0.5 * back[i];
        }

        Assert.InRange(Fixture.RelativeError(e, residual), 0, 1e-6);
        Assert.InRange(Fixture.RelativeError(z, image), 0, 1e-6);
        Assert.IsType<UnstructuredGram>(a.Gram);
        Assert.Equal(new Shape(1, 1, 7, 32), a.GramBlock);
    });

    [Fact]
    public void Solvers_that_need_structure_say_why_they_do_not_apply() => Fixture.OnDevice(device =>
    {
        using var a = new MovingAverage(device, new Shape(1, 1, 7, 33));
        using Tensor y = device.AllocateZeros(a.MeasurementShape);
        var context = new ZSolverContext(a, y, 1);
        foreach (string name in (string[])["scalar", "fft"])
        {
            Assert.Contains("structure", ZSolvers.Find(name).WhyNot(context));
        }

        Assert.Contains("kernels", ZSolvers.Find("pcg-circulant").WhyNot(context));
        Assert.Contains("kernels", ZSolvers.Find("pcg-local").WhyNot(context));
        Assert.Contains("blur", ZSolvers.Find("learned").WhyNot(context));
        Assert.Equal("cg", ZSolvers.CheapestExact(a).Name);
    });

    [Fact]
    public void A_users_solver_and_proximal_run_in_the_loop_and_in_the_comparison() => Fixture.OnDevice(device =>
    {
        LaplaceSettings settings = LaplaceSettings.Sparse with { Size = 32, Iterations = 10 };
        using var problem = LaplaceProblem.Draw(device, settings, seed: 1);
        var context = new ZSolverContext(problem.Operator, problem.Y, settings.Rho);
        ZSolver[] solvers = [new RichardsonSolver(), ZSolvers.Find("fft"), ZSolvers.Find("cg")];
        LaplaceResults results = LaplaceExperiment.Run(problem, context, settings.Iterations, solvers, repeat: 1);
        Assert.InRange(results.Recorded["richardson"].ZRelativeError!.Value, 0, 1e-3);
        Assert.Equal(
            results.Exact.Records[^1].ObjectiveZ, results.Recorded["richardson"].Records[^1].ObjectiveZ,
            1e-2 * results.Exact.Records[^1].ObjectiveZ);
        using IZUpdate update = solvers[0].Create(context);
        using var admm = new Admm(
            device, problem.Operator.ImageShape, update, new Positive(), (float)settings.Rho,
            (float)problem.Threshold(settings.Rho));
        admm.Run(iterations: 5);
        Assert.All(admm.X.ToArray(), value => Assert.True(value >= 0));
    });

    [Fact]
    public void Every_solver_has_a_name_and_a_colour_of_its_own()
    {
        Assert.Equal(ZSolvers.All.Count, ZSolvers.Names.Distinct().Count());
        Assert.Equal(ZSolvers.All.Count, ZSolvers.All.Select(solver => solver.Colour).Distinct().Count());
        Assert.All(ZSolvers.All, solver => Assert.Matches("^#[0-9A-Fa-f]{6}$", solver.Colour));
    }

    /// <summary>y(i) = (x(i) + x(i + 1)) / 2 along each row; implements only the required members.</summary>
    private sealed class MovingAverage(Device device, Shape image) : ILinearOperator
    {
        private readonly Tensor _shifted = device.Allocate(image);
        private readonly Tensor _kernel = device.Allocate(Shape.Matrix(1, 2), [0.5f, 0.5f]);

        public Device Device => device;

        public Shape ImageShape => image;

        public Shape MeasurementShape => image with { W = image.W - 1 };

        public Boundary Boundary => Boundary.Valid;

        public void Apply(Tensor x, Tensor y) => device.Blur(x, _kernel, 1, Boundary.Valid, 1, null, y);

        public void Adjoint(Tensor y, Tensor x)
        {
            device.BlurAdjoint(y, _kernel, 1, Boundary.Valid, 1, null, _shifted);
            device.Copy(_shifted, x);
        }

        public void Dispose()
        {
            _shifted.Dispose();
            _kernel.Dispose();
        }
    }

    /// <summary>w ← w + t(e − (ρI + A Aᵀ)w), a fixed number of times.</summary>
    private sealed class RichardsonSolver : ZSolver
    {
        public override string Name => "richardson";

        public override string Colour => "#aa3377";

        public override string? WhyNot(ZSolverContext context) => null;

        public override string Describe(ZSolverContext context) => "400 Richardson steps";

        public override IZUpdate Create(ZSolverContext context) => new Richardson(context);

        private sealed class Richardson(ZSolverContext context) : IZUpdate
        {
            private readonly NormalOperator _normal = new(context.Operator, context.Rho);
            private readonly Tensor _e = context.Y.Device.Allocate(context.Y.Shape);
            private readonly Tensor _w = context.Y.Device.Allocate(context.Y.Shape);
            private readonly Tensor _s = context.Y.Device.Allocate(context.Y.Shape);
            private readonly double _step = 1.9 / (context.Rho + GramBounds.Of(context.Operator).Largest);

            public void Solve(Tensor q, Tensor z)
            {
                Device device = q.Device;
                context.Operator.Residual(context.Y, q, _e);
                device.Fill(0, _w);
                for (int i = 0; i < 400; i++)
                {
                    _normal.Residual(_e, _w, _s);
                    device.Combine(1, _w, (float)_step, _s, _w);
                }

                context.Operator.AddAdjoint(q, 1, _w, z);
            }

            public void Dispose()
            {
                _normal.Dispose();
                _e.Dispose();
                _w.Dispose();
                _s.Dispose();
            }
        }
    }

    /// <summary>The projection onto x ≥ 0.</summary>
    private sealed class Positive : IProximal
    {
        public void Apply(Tensor v, Tensor tau, Tensor x) => v.Device.Relu(v, x);
    }
}
