using InfAdmm.Engine;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary><c>--operator masked</c> and <c>--operator varying</c> of laplace.</summary>
public sealed class LaplaceOperatorTests : IDisposable
{
    private static readonly string[] NeverApplying = ["scalar", "fft", "learned", "learned-linear"];

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>
    /// Catches a reference, or a solver, for another operator than that of the measurement, a solver that applies but
    /// is left out, and a skipped solver without the operator's own reason.
    /// </summary>
    [Theory]
    [InlineData("masked", "periodic", true, "measurements are missing")]
    [InlineData("masked", "reflect", false, "measurements are missing")]
    [InlineData("varying", "periodic", true, "the blur varies across the image")]
    [InlineData("varying", "valid", false, "the blur varies across the image")]
    public void Every_solver_that_applies_runs_and_is_exact(string name, string boundary, bool isTrained, string reason)
    {
        using LaplaceOutcome run = LaplaceOutcome.Run(
            "--preset", "sparse", "--size", "64", "--iterations", "4", "--operator", name, "--boundary", boundary);
        Assert.Equal(name, run.Problem.GetProperty("operator").GetString());
        Assert.Equal(boundary, run.Problem.GetProperty("boundary").GetString());
        Assert.Equal(
            name == "masked" ? "gaussian:9:1.5" : "field", run.Problem.GetProperty("kernel").GetString());
        Assert.Equal(boundary == "valid" ? 196 : 256, run.Problem.GetProperty("measurements").GetInt32());
        run.AssertSolvers(isTrained);
        string[] untrained = isTrained ? [] : ["learned-local", "pcg-learned"];
        Assert.Equal(NeverApplying.Concat(untrained).Order(), run.Skipped.Order());
        Assert.Contains(reason, run.Reason("fft"));
        Assert.Contains(reason, run.Reason("scalar"));
    }

    /// <summary>
    /// Catches a dumped mask or kernel that is not the one that measured y, a mask of another fraction, and noise in
    /// missing measurements.
    /// </summary>
    [Fact]
    public void The_dump_of_a_masked_operator_reproduces_the_measurement()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run(
            "--size", "32", "--stride", "2", "--iterations", "1", "--sigma", "1e-6", "--kernel", "motion:9:30",
            "--operator", "masked", "--mask", "random:0.25", "--solvers", "cg");
        double[] mask = run.Array("mask");
        Assert.Equal(new Shape(1, 1, 16, 16), NpyFile.Read(run.File("mask")).Shape);
        Assert.Equal(64, mask.Count(value => value == 1));
        Assert.Equal(192, mask.Count(value => value == 0));
        double[] expected = run.Operator().Apply(run.Array("x_true"));
        double[] y = run.Array("y");
        for (int i = 0; i < y.Length; i++)
        {
            Assert.Equal(mask[i] * expected[i], y[i], mask[i] == 0 ? 0 : 2e-5);
        }
    }

    /// <summary>Catches an operator that is created without the boundary of the options.</summary>
    [Theory]
    [InlineData("masked")]
    [InlineData("varying")]
    public void Boundaries_give_different_measurements(string name)
    {
        string[] boundaries = ["periodic", "zero", "reflect", "valid"];
        double[] objectives =
        [
            .. boundaries.Select(boundary =>
            {
                using LaplaceOutcome run = LaplaceOutcome.Run(
                    "--size", "64", "--iterations", "1", "--solvers", "cg", "--operator", name, "--boundary", boundary);
                return run.Problem.GetProperty("objective_at_zero").GetDouble();
            }),
        ];
        Assert.Equal(4, objectives.Distinct().Count());
    }

    /// <summary>Catches a random mask that ignores the seed, or that depends on more than the seed.</summary>
    [Fact]
    public void A_random_mask_follows_the_seed()
    {
        Assert.Equal(Mask("3"), Mask("3"));
        Assert.NotEqual(Mask("3"), Mask("4"));

        static double[] Mask(string seed)
        {
            using LaplaceOutcome run = LaplaceOutcome.Run(
                "--size", "32", "--iterations", "1", "--operator", "masked", "--solvers", "cg", "--seed", seed);
            return run.Array("mask");
        }
    }

    /// <summary>
    /// Catches kernels in another order than that of their names, windows that belong to another anchor, and dumped
    /// arrays that are not those that measured y.
    /// </summary>
    [Theory]
    [InlineData("periodic")]
    [InlineData("valid")]
    public void The_dump_of_a_varying_blur_reproduces_the_measurement(string boundary)
    {
        float[][] kernels = [[1, 2, 3, 4, 5, 6], [1, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 2], [-1, 0, 3, 0, 7, 0]];
        using LaplaceOutcome run = LaplaceOutcome.Run(
            "--size", "24", "--stride", "2", "--iterations", "1", "--sigma", "1e-6", "--boundary", boundary,
            "--operator", "varying", "--kernels", KernelFolder(kernels), "--solvers", "cg");
        PlanarImage dumped = NpyFile.Read(run.File("kernels"));
        Assert.Equal(new Shape(1, 4, 2, 3), dumped.Shape);
        Assert.Equal(kernels.SelectMany(kernel => kernel), dumped.Values);
        PlanarImage windows = NpyFile.Read(run.File("windows"));
        PlanarImage y = NpyFile.Read(run.File("y"));
        Shape grid = y.Shape;
        Assert.Equal(grid with { C = 4 }, windows.Shape);
        int[] corners = [0, grid.W - 1, grid.PlaneSize - grid.W, grid.PlaneSize - 1];
        for (int anchor = 0; anchor < 4; anchor++)
        {
            Assert.Equal(1, windows.Values[anchor * grid.PlaneSize + corners[anchor]]);
        }

        double[] expected = Varying(dumped, windows, run.Array("x_true"), size: 24, stride: 2, boundary == "valid");
        Assert.All(expected.Zip(y.Values), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.False(File.Exists(run.File("kernel")));
    }

    /// <summary>
    /// Catches a mask that does not apply to the user's measurement: values at missing places must not matter, neither
    /// for z nor for the objective. Catches a picture that is read as another mask than an array.
    /// </summary>
    [Fact]
    public void Missing_values_of_the_users_measurement_do_not_matter()
    {
        string[] options =
            ["--preset", "sparse", "--iterations", "3", "--solvers", "cg", "--operator", "masked", "--mask"];
        using LaplaceOutcome drawn = LaplaceOutcome.Run([.. options, "random:0.3", "--size", "64"]);
        PlanarImage mask = NpyFile.Read(drawn.File("mask"));
        PlanarImage y = NpyFile.Read(drawn.File("y"));
        float[] spoilt = [.. y.Values.Zip(mask.Values, (value, kept) => kept == 0 ? 1000 : value)];
        string own = _directory.File("y.npy");
        NpyFile.Write(own, spoilt, y.Shape);
        string values = _directory.File("mask.npy");
        NpyFile.WriteMatrix(values, [.. mask.Values.Select(kept => -0.1f * kept)], mask.Shape.H, mask.Shape.W);
        string picture = _directory.File("mask.png");
        ImageFile.Write(picture, [.. mask.Values.Select(kept => 0.1f * kept)], mask.Shape);
        foreach (string given in new[] { "random:0.3", values, picture })
        {
            using LaplaceOutcome run = LaplaceOutcome.Run([.. options, given, "--y", own]);
            Assert.Equal(mask.Values, NpyFile.Read(run.File("mask")).Values);
            Assert.Equal(drawn.Array("z_cg"), run.Array("z_cg"));
            Assert.Equal(
                drawn.Problem.GetProperty("objective_at_zero").GetDouble(),
                run.Problem.GetProperty("objective_at_zero").GetDouble());
            Assert.InRange(run.Number("cg", "z_relative_error"), 0, 1e-5);
        }
    }

    /// <summary>
    /// Catches an image size that follows from the preset's kernel instead of those of the folder: a valid blur of 7×7
    /// measurements, stride 3 and kernels of 2×3 has an image of 20 rows.
    /// </summary>
    [Fact]
    public void The_users_measurement_works_with_a_varying_blur()
    {
        string own = _directory.File("y.npy");
        NpyFile.Write(own, [.. Enumerable.Range(0, 98).Select(i => i % 5)], new Shape(1, 2, 7, 7));
        using LaplaceOutcome run = LaplaceOutcome.Run(
            "--y", own, "--stride", "3", "--boundary", "valid", "--iterations", "2", "--operator", "varying",
            "--kernels", KernelFolder([[1, 2, 3, 4, 5, 6]]), "--solvers", "cg,cholesky");
        Assert.Equal(20, run.Problem.GetProperty("size").GetInt32());
        Assert.Equal(2, run.Problem.GetProperty("channels").GetInt32());
        Assert.All(run.Solvers, solver => Assert.InRange(run.Number(solver, "z_relative_error"), 0, 1e-5));
    }

    /// <summary>Σ_i windows_i · S(h_i ∗ x) from the definition, with kernels of 2×3, in double precision.</summary>
    private static double[] Varying(
        PlanarImage kernels, PlanarImage windows, double[] x, int size, int stride, bool isValid)
    {
        Shape grid = windows.Shape;
        double[] y = new double[grid.PlaneSize];
        for (int i = 0; i < windows.Values.Length; i++)
        {
            (int anchor, int measured) = (i / grid.PlaneSize, i % grid.PlaneSize);
            for (int tap = 0; tap < 6; tap++)
            {
                // The origin of a 2×3 kernel is its second entry; a valid blur begins where all of it is inside.
                int row = measured / grid.W * stride + (isValid ? 1 - tap / 3 : -(tap / 3));
                int column = measured % grid.W * stride + (isValid ? 2 - tap % 3 : 1 - tap % 3);
                double pixel = x[(row + size) % size * size + (column + size) % size];
                y[measured] += windows.Values[i] * kernels.Values[6 * anchor + tap] * pixel;
            }
        }

        return y;
    }

    /// <summary>Writes kernels of 2×3, whose ordinal order differs from the cultural and the numerical one.</summary>
    private string KernelFolder(float[][] kernels)
    {
        string[] names = ["10.csv", "9.csv", "B.csv", "a.csv"];
        string folder = _directory.File("kernels");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "README.txt"), "not a kernel");
        foreach ((float[] kernel, string name) in kernels.Zip(names).Reverse())
        {
            File.WriteAllText(
                Path.Combine(folder, name), $"{string.Join(',', kernel[..3])}\n{string.Join(',', kernel[3..])}\n");
        }

        return folder;
    }
}
