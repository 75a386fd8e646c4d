using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>
/// Masks, kernels and options that cannot be used with an operator: exit code 2, one line that names the option, what
/// is wrong with it and the fix, and no report.
/// </summary>
public sealed class LaplaceOperatorBadInputTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Catches an option that is ignored, or checked only where its operator is chosen.</summary>
    [Theory]
    [InlineData("--mask random:0.5", "--mask", "--operator masked")]
    [InlineData("--operator varying --mask random:0.5", "--mask", "--operator masked")]
    [InlineData("--kernels field", "--kernels", "--operator varying")]
    [InlineData("--operator masked --kernels field", "--kernels", "--operator varying")]
    [InlineData("--operator varying --kernel gaussian:9:1.5", "--kernel:", "remove --kernel")]
    [InlineData("--operator varying --kernel nowhere.csv", "--kernel:", "remove --kernel")]
    [InlineData("--operator masked --mask random:0", "--mask", "above 0 and at most 1")]
    [InlineData("--operator masked --mask random:1.5", "--mask", "above 0 and at most 1")]
    [InlineData("--operator masked --mask random:half", "--mask", "random:FRACTION")]
    [InlineData("--operator masked --mask nowhere.png", "--mask", "nowhere.png")]
    [InlineData("--operator varying --kernels nowhere", "--kernels", "'nowhere' is not a folder")]
    [InlineData("--operator varying --size 8", "--kernels", "larger image")]
    [InlineData("--operator varying --size 12", "--kernels", "fewer kernels")]
    [InlineData("--operator masked --size 8", "--kernel", "larger image")]
    [InlineData("--operator masked --size 62", "--stride", "multiple of the stride")]
    [InlineData("--operator warped", "--operator", "blur, masked, varying")]
    [InlineData("--operator masked --solvers fft", "--solvers fft", "measurements are missing")]
    [InlineData("--solvers pcg-circulant", "--solvers pcg-circulant", "use fft")]
    [InlineData("--solvers pcg-local", "--solvers pcg-local", "use fft")]
    [InlineData("--operator varying --rho 5 --solvers learned-local", "--solvers learned-local", "train inverse")]
    [InlineData("--operator varying --solvers learned", "--solvers learned", "blur")]
    [InlineData("--operator masked --retrain", "--retrain", "remove it")]
    public void Options_that_do_not_fit(string options, string named, string fix)
    {
        string[] given = options.Split(' ');
        Refuse(given.Contains("--size") ? given : [.. given, "--size", "64"], named, fix);
    }

    /// <summary>
    /// Catches masks that are accepted although they have another size, several channels or no measurement.
    /// </summary>
    [Fact]
    public void Masks_that_cannot_be_used()
    {
        string small = _directory.File("small.npy");
        NpyFile.WriteMatrix(small, [1, 0, 1, 1], 2, 2);
        RefuseMask(small, "a mask of 2x2 does not fit a measurement of 16x16", "give it the size");
        string nothing = _directory.File("nothing.npy");
        NpyFile.WriteMatrix(nothing, new float[256], 16, 16);
        RefuseMask(nothing, "every measurement is missing", "keep at least one");
        string colour = _directory.File("colour.png");
        ImageFile.Write(colour, [.. Enumerable.Range(0, 768).Select(i => i / 512f)], new Engine.Shape(1, 3, 16, 16));
        RefuseMask(colour, "has 3 channels", "grey picture");
        string infinite = _directory.File("infinite.npy");
        NpyFile.WriteMatrix(infinite, [1, float.PositiveInfinity], 1, 2);
        RefuseMask(infinite, "element 1", "not finite");

        void RefuseMask(string file, string wrong, string fix)
        {
            string[] options = ["--operator", "masked", "--mask", file, "--size", "64"];
            Refuse(options, "--mask", file, wrong, fix);
            CommandLine.Run(["explain", "--device", "cpu", .. options]).AssertUsageError("--mask", file, wrong, fix);
        }
    }

    /// <summary>Catches folders that are cut or filled up to a grid, or whose error does not name the file.</summary>
    [Fact]
    public void Folders_of_kernels_that_cannot_be_used()
    {
        string folder = Directory.CreateDirectory(_directory.File("kernels")).FullName;
        string[] options = ["--operator", "varying", "--kernels", folder, "--size", "64"];
        Refuse(options, "--kernels", folder, "has no kernels");
        Add("a.csv", "1,2\n3,4\n");
        Add("b.csv", "1,2\n3,4\n");
        Refuse(options, "--kernels", folder, "2 CSV files", "square");
        Add("c.csv", "1,2\n3,4\n");
        Add("d.csv", "1,2,3\n");
        Refuse(options, "--kernels", "d.csv is 3x1", "the same size");
        Add("d.csv", "1,x\n3,4\n");
        Refuse(options, "--kernels", "d.csv", "line 1");
        CommandLine.Run(["explain", "--device", "cpu", .. options]).AssertUsageError("--kernels", "d.csv", "line 1");

        void Add(string name, string contents) => File.WriteAllText(Path.Combine(folder, name), contents);
    }

    private void Refuse(string[] args, params string[] mentioned)
    {
        string report = _directory.File("report.json");
        CommandLine.Run(["laplace", "--device", "cpu", "--json", report, .. args]).AssertUsageError(mentioned);
        Assert.False(File.Exists(report));
    }
}
