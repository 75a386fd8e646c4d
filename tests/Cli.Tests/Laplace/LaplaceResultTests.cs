using System.Text.Json;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Tests;

/// <summary>
/// The reported and dumped results of <c>laplace</c>, compared with the definitions in double precision.
/// </summary>
public sealed class LaplaceResultTests(LaplaceFixture runs) : IClassFixture<LaplaceFixture>
{
    private static readonly string[] Presets = ["paper", "sparse"];

    private static readonly string[] Exact = ["fft", "cholesky", "cg", "cg-image", "gd"];

    public static TheoryData<string, string> PresetsAndExactSolvers =>
        [.. from preset in Presets from solver in Exact select (preset, solver)];

    [Theory]
    [InlineData("paper", 10)]
    [InlineData("sparse", 50)]
    public void Json_has_exactly_the_documented_fields(string preset, int iterations)
    {
        JsonElement json = runs.Of(preset).Json;
        AssertNames(json, "command version device problem solvers skipped");
        AssertNames(json.GetProperty("device"), "name threads");
        AssertNames(
            json.GetProperty("problem"),
            "preset size stride channels kernel sigma scale density rho penalty iterations seed update refine " +
            "boundary operator measurements objective_at_zero final_nonzero_fraction");
        foreach (JsonElement solver in json.GetProperty("solvers").EnumerateArray())
        {
            AssertNames(
                solver,
                "name setup_seconds iterations final_objective_x final_objective_z z_relative_error certificate " +
                "guarded_steps seconds_to_0.1_percent speedup_vs_cg allocated_bytes_per_iteration");
            Assert.Equal(iterations, solver.GetProperty("iterations").GetArrayLength());
            foreach (JsonElement iteration in solver.GetProperty("iterations").EnumerateArray())
            {
                AssertNames(iteration, "k seconds objective_x objective_z primal dual inner_iterations residual rho");
            }
        }

        foreach (JsonElement skipped in json.GetProperty("skipped").EnumerateArray())
        {
            AssertNames(skipped, "name reason");
        }
    }

    [Fact]
    public void The_problem_is_described_as_it_was_posed()
    {
        JsonElement problem = runs.Sparse.Problem;
        Assert.Equal("sparse", problem.GetProperty("preset").GetString());
        Assert.Equal(64, problem.GetProperty("size").GetInt32());
        Assert.Equal(4, problem.GetProperty("stride").GetInt32());
        Assert.Equal(1, problem.GetProperty("channels").GetInt32());
        Assert.Equal("gaussian:9:1.5", problem.GetProperty("kernel").GetString());
        Assert.Equal(0.01, problem.GetProperty("sigma").GetDouble());
        Assert.Equal(1, problem.GetProperty("scale").GetDouble());
        Assert.Equal(0.05, problem.GetProperty("density").GetDouble());
        Assert.Equal(0.0003, problem.GetProperty("rho").GetDouble());
        Assert.Equal(50, problem.GetProperty("iterations").GetInt32());
        Assert.Equal(0, problem.GetProperty("seed").GetInt32());
        Assert.Equal("residual", problem.GetProperty("update").GetString());
        Assert.Equal(0, problem.GetProperty("refine").GetInt32());
        Assert.Equal(256, problem.GetProperty("measurements").GetInt32());
        Assert.Equal("laplace", runs.Sparse.Json.GetProperty("command").GetString());
        Assert.StartsWith("cpu", runs.Sparse.Json.GetProperty("device").GetProperty("name").GetString());
        Assert.Equal(1, runs.Sparse.Json.GetProperty("device").GetProperty("threads").GetInt32());
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("sparse")]
    public void Every_solver_runs_or_is_skipped_in_the_documented_order(string preset)
    {
        LaplaceOutcome run = runs.Of(preset);
        Assert.Equal(
            ZSolvers.Names.Where(name => run.Solvers.Contains(name)), run.Solvers);
        Assert.Equal(
            ZSolvers.Names.Where(name => run.Skipped.Contains(name)), run.Skipped);
        Assert.Equal(ZSolvers.Names.Order(), run.Solvers.Concat(run.Skipped).Order());
        Assert.Contains("scalar", run.Skipped);
        Assert.Contains("learned-linear", run.Solvers);
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("sparse")]
    public void Iterations_are_numbered_and_their_times_increase(string preset)
    {
        LaplaceOutcome run = runs.Of(preset);
        foreach (string solver in run.Solvers)
        {
            double before = 0;
            int k = 0;
            foreach (JsonElement iteration in run.Iterations(solver))
            {
                Assert.Equal(++k, iteration.GetProperty("k").GetInt32());
                double seconds = iteration.GetProperty("seconds").GetDouble();
                Assert.True(seconds > before, $"{solver}: {seconds} after {before}");
                before = seconds;
            }

            Assert.True(run.Number(solver, "setup_seconds") >= 0);
        }
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("sparse")]
    public void Inner_iterations_are_null_without_an_inner_loop(string preset)
    {
        LaplaceOutcome run = runs.Of(preset);
        foreach (string solver in run.Solvers)
        {
            JsonValueKind expected = solver is "cg" or "cg-image" or "gd" ? JsonValueKind.Number : JsonValueKind.Null;
            Assert.All(
                run.Iterations(solver),
                i => Assert.Equal(expected, i.GetProperty("inner_iterations").ValueKind));
            Assert.All(
                run.Iterations(solver), i => Assert.Equal(JsonValueKind.Number, i.GetProperty("residual").ValueKind));
        }
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("sparse")]
    public void The_objective_at_zero_is_that_of_the_dumped_measurement(string preset)
    {
        LaplaceOutcome run = runs.Of(preset);
        double sigma = run.Problem.GetProperty("sigma").GetDouble();
        double expected = 0.5 * SquaredNorm(run.Array("y")) / (sigma * sigma);
        AssertClose(expected, run.Problem.GetProperty("objective_at_zero").GetDouble(), 1e-5);
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("sparse")]
    public void The_measurement_is_of_the_truth_but_for_the_noise(string preset)
    {
        LaplaceOutcome run = runs.Of(preset);
        double[] truth = run.Array("x_true");
        double[] noise = Combine(1, run.Array("y"), -1, run.Operator().Apply(truth));
        double sigma = run.Problem.GetProperty("sigma").GetDouble();
        double density = run.Problem.GetProperty("density").GetDouble();

        // Four standard deviations of 256 squared normal values, and of 4,096 draws.
        Assert.InRange(SquaredNorm(noise) / noise.Length / (sigma * sigma), 1 - 0.36, 1 + 0.36);
        double drawn = truth.Count(value => value != 0) / (double)truth.Length;
        Assert.InRange(drawn, density - 0.014, Math.Min(density + 0.014, 1));
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("sparse")]
    public void The_last_objectives_are_those_of_the_dumped_x_and_z(string preset)
    {
        LaplaceOutcome run = runs.Of(preset);
        foreach (string solver in run.Solvers)
        {
            JsonElement last = run.Iterations(solver)[^1];
            AssertClose(Objective(run, $"x_{solver}"), last.GetProperty("objective_x").GetDouble(), 2e-5);
            AssertClose(Objective(run, $"z_{solver}"), last.GetProperty("objective_z").GetDouble(), 2e-5);
            Assert.Equal(last.GetProperty("objective_x").GetDouble(), run.Number(solver, "final_objective_x"));
            Assert.Equal(last.GetProperty("objective_z").GetDouble(), run.Number(solver, "final_objective_z"));
        }
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("sparse")]
    public void The_last_primal_residual_is_the_distance_of_the_dumped_x_and_z(string preset)
    {
        LaplaceOutcome run = runs.Of(preset);
        foreach (string solver in run.Solvers)
        {
            double[] z = run.Array($"z_{solver}");
            double distance = Math.Sqrt(SquaredNorm(Combine(1, run.Array($"x_{solver}"), -1, z)));
            double reported = run.Iterations(solver)[^1].GetProperty("primal").GetDouble();
            Assert.True(Math.Abs(distance - reported) <= 1e-5 * Math.Sqrt(SquaredNorm(z)), $"{solver}: {reported}");
        }
    }

    [Theory]
    [MemberData(nameof(PresetsAndExactSolvers))]
    public void Dumped_z_solves_the_normal_equations_for_dumped_q(string preset, string solver)
    {
        LaplaceOutcome run = runs.Of(preset);
        NaiveOperator a = run.Operator();
        double rho = run.Problem.GetProperty("rho").GetDouble();
        double[] y = run.Array("y");
        double[] z = run.Array($"z_{solver}");
        double[] q = Combine(1, run.Array($"w_{solver}"), 1, z);
        double[] left = Combine(rho, z, -rho, q);
        double[] right = a.Adjoint(Combine(1, y, -1, a.Apply(z)));
        double[] start = a.Adjoint(Combine(1, y, -1, a.Apply(q)));
        double residual = Math.Sqrt(SquaredNorm(Combine(1, left, -1, right)) / SquaredNorm(start));

        // Inner loops stop at 1e-6, and the residual of CG on the measurement grid is multiplied by Aᵀ.
        Assert.True(residual <= 5e-6, $"{residual}");
    }

    [Theory]
    [MemberData(nameof(PresetsAndExactSolvers))]
    public void Exact_solvers_are_exact_and_agree(string preset, string solver)
    {
        LaplaceOutcome run = runs.Of(preset);
        Assert.InRange(run.Number(solver, "z_relative_error"), 0, 1e-5);

        // In the paper preset z falls towards zero, so rounding is measured relative to q.
        double[] reference = run.Array("z_fft");
        double[] q = Combine(1, run.Array("w_fft"), 1, reference);
        double[] difference = Combine(1, run.Array($"z_{solver}"), -1, reference);
        double scale = Math.Max(SquaredNorm(reference), SquaredNorm(q));
        Assert.InRange(Math.Sqrt(SquaredNorm(difference) / scale), 0, 1e-4);
        AssertClose(run.Number("fft", "final_objective_z"), run.Number(solver, "final_objective_z"), 1e-4);
        Assert.All(run.Iterations(solver), i => Assert.InRange(i.GetProperty("residual").GetDouble(), 0, 1e-5));
        double reached = run.Number(solver, "seconds_to_0.1_percent");
        Assert.Contains(run.Iterations(solver), i => i.GetProperty("seconds").GetDouble() == reached);
        AssertClose(
            run.Number("cg", "seconds_to_0.1_percent") / reached, run.Number(solver, "speedup_vs_cg"), 1e-12);
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("sparse")]
    public void Nothing_is_allocated_between_the_first_and_the_last_iteration(string preset)
    {
        using LaplaceOutcome run = LaplaceOutcome.Run(
            "--size", "64", "--preset", preset, "--iterations", "5", "--repeat", "9");
        Assert.All(run.Solvers, solver => Assert.Equal(0, run.Number(solver, "allocated_bytes_per_iteration")));
    }

    [Fact]
    public void The_minimiser_of_paper_is_zero_and_that_of_sparse_is_not()
    {
        Assert.Equal(0, runs.Paper.Problem.GetProperty("final_nonzero_fraction").GetDouble());
        double[] x = runs.Sparse.Array("x_fft");
        double share = x.Count(value => value != 0) / (double)x.Length;
        Assert.Equal(share, runs.Sparse.Problem.GetProperty("final_nonzero_fraction").GetDouble());
        Assert.InRange(share, 0.01, 0.2);
    }

    [Fact]
    public void The_same_seed_gives_the_same_result_and_another_seed_another()
    {
        string[] options = ["--size", "64", "--iterations", "3"];
        using LaplaceOutcome first = LaplaceOutcome.Run([.. options, "--seed", "7"]);
        using LaplaceOutcome second = LaplaceOutcome.Run([.. options, "--seed", "7"]);
        using LaplaceOutcome other = LaplaceOutcome.Run([.. options, "--seed", "8"]);
        string[] arrays = ["y", "x_true", .. first.Solvers.Select(solver => $"z_{solver}")];
        foreach (string array in arrays)
        {
            Assert.Equal(File.ReadAllBytes(first.File(array)), File.ReadAllBytes(second.File(array)));
            Assert.NotEqual(File.ReadAllBytes(first.File(array)), File.ReadAllBytes(other.File(array)));
        }

        Assert.Equal(first.Number("gd", "final_objective_z"), second.Number("gd", "final_objective_z"));
        Assert.Equal(8, other.Problem.GetProperty("seed").GetInt32());
    }

    private static double Objective(LaplaceOutcome run, string array)
    {
        double[] x = run.Array(array);
        double sigma = run.Problem.GetProperty("sigma").GetDouble();
        double misfit = SquaredNorm(Combine(1, run.Array("y"), -1, run.Operator().Apply(x)));
        return 0.5 * misfit / (sigma * sigma) + x.Sum(Math.Abs) / run.Problem.GetProperty("scale").GetDouble();
    }

    private static double SquaredNorm(double[] x) => x.Sum(value => value * value);

    private static double[] Combine(double alpha, double[] a, double beta, double[] b) =>
        [.. a.Zip(b, (x, y) => alpha * x + beta * y)];

    private static void AssertClose(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Abs(expected), $"{expected} and {actual}");

    private static void AssertNames(JsonElement element, string names) =>
        Assert.Equal(names.Split(' '), element.EnumerateObject().Select(property => property.Name));
}
