using System.Text;
using InfAdmm.Imaging.Files;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Cli.Tests;

/// <summary>Invalid input: exit code 2, one line that names the input and the fix, and no file written.</summary>
public sealed class LaplaceBadInputTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("--size 8", "gaussian:9:1.5", "smaller kernel")]
    [InlineData("--size 66", "--stride", "multiple")]
    [InlineData("--size 64 --stride 0", "--stride", "at least 1")]
    [InlineData("--size 64 --rho 0", "--rho", "above 0")]
    [InlineData("--size 64 --rho -1", "--rho", "above 0")]
    [InlineData("--size 64 --rho nan", "--rho", "above 0")]
    [InlineData("--size 64 --rho 1e-40", "--rho", "at least 1E-30")]
    [InlineData("--size 64 --refine 1 --update published", "--refine", "remove --update")]
    [InlineData("--size 64 --penalty balanced --update published", "--update published", "needs a fixed ρ")]
    [InlineData("--size 64 --penalty continued --retrain", "--retrain", "fixed ρ")]
    [InlineData("--size 64 --penalty balanced --rho 1e-29", "--penalty", "larger --rho")]
    [InlineData("--size 64 --penalty balanced --rho 1e29", "--penalty", "smaller --rho")]
    [InlineData("--size 64 --penalty balanced --solvers learned-linear", "--solvers learned-linear", "ρ changes")]
    [InlineData("--size 64 --rho 1e31", "--rho", "at most 1E+30")]
    [InlineData("--size 64 --sigma 1e16", "--sigma", "at most 1e15")]
    [InlineData("--size 64 --certificate --update published", "--certificate", "remove --update")]
    [InlineData("--size 64 --retrain --weights any.safetensors", "--retrain", "remove --weights")]
    [InlineData("--y any.npy --size 64", "--size", "remove it when --y is given")]
    [InlineData("--kernel gaussian:9", "--kernel", "gaussian:SIZE:WIDTH")]
    [InlineData("--kernel gaussian:9:0", "--kernel", "width above 0")]
    [InlineData("--kernel gaussian:0:1", "--kernel", "from 1 to 1024")]
    [InlineData("--kernel gaussian:100000:1", "--kernel", "from 1 to 1024")]
    [InlineData("--kernel motion:100000:30", "--kernel", "from 1 to 1024")]
    [InlineData("--kernel motion:9:north", "--kernel", "motion:LENGTH:DEGREES")]
    [InlineData("--kernel nowhere.csv", "nowhere.csv", "give a CSV file")]
    [InlineData("--size 64 --solvers fft,newton", "--solvers", "newton")]
    [InlineData("--size 512 --solvers fft,cholesky", "--solvers cholesky", "8192")]
    [InlineData("--size 64 --solvers scalar", "--solvers scalar", "overlap")]
    [InlineData("--size 64 --solvers learned --rho 0.5", "--solvers learned", "infadmm train inverse")]
    [InlineData("--size 64 --solvers learned-linear --rho 0.5", "--solvers learned-linear", "--retrain")]
    [InlineData("--size 64 --solvers gd --update published", "--solvers gd", "published")]
    [InlineData("--size 64 --weights nowhere", "nowhere", "infadmm train inverse")]
    [InlineData("--size 100000", "--size 100000", "choose a smaller --size")]
    [InlineData("--size 2147483647 --stride 1", "--size 2147483647", "choose a smaller --size")]
    [InlineData("--size 46000", "--size 46000", "GB of memory")]
    public void Options_that_cannot_be_used(string options, string named, string fix)
    {
        Refuse(options.Split(' '), named, fix);
    }

    [Theory]
    [InlineData("1,nan,1\n1,1,1\n", "line 1")]
    [InlineData("1,1\ninf,1\n", "line 2")]
    [InlineData("1,x\n", "'x'")]
    [InlineData("1,,1\n", "''")]
    [InlineData("1,1\n1,1,1\n", "equal length")]
    [InlineData("", "no kernel")]
    [InlineData("\n \n", "no kernel")]
    [InlineData("0,0\n0,0\n", "zero")]
    public void Kernel_files_that_hold_none(string contents, string fix)
    {
        string file = Create("kernel.csv", contents);
        Refuse(["--size", "64", "--kernel", file], file, fix);
        string weights = _directory.File("w");
        Train("--kernel", file, "--stride", "4", "--rho", "1", "--weights", weights).AssertUsageError(file, fix);
        Assert.False(File.Exists(weights));
    }

    [Fact]
    public void Measurements_that_cannot_be_read()
    {
        string missing = _directory.File("missing.png");
        Refuse(["--y", missing], missing, "give");
        Refuse(["--y", _directory.Path], _directory.Path, "give");
        string text = Create("text.npy", "1,2,3\n");
        Refuse(["--y", text], text, "numpy.save");
        string picture = Create("text.png", "no picture at all");
        Refuse(["--y", picture], picture, "give a PNG");
        string small = _directory.File("small.npy");
        NpyFile.WriteMatrix(small, [1, 2, 3, 4], 2, 2);
        Refuse(["--y", small, "--stride", "1"], "gaussian:9:1.5", "smaller kernel");
        Refuse(["--y", small, "--stride", "2000000000"], small, "smaller measurement or stride");
        string array = _directory.File("nan.npy");
        NpyFile.WriteMatrix(array, [1, float.NaN, 3, 4], 2, 2);
        Refuse(["--y", array], array, "element 1");
    }

    [Fact]
    public void Weights_that_are_none()
    {
        string text = Create("weights", "these are not the weights that you are looking for\n");
        Refuse(["--size", "64", "--weights", text], text, "infadmm train inverse");
        string empty = Create("empty", "");
        Refuse(["--size", "64", "--weights", empty], empty, "infadmm train inverse");
        string header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}   ";
        string other = _directory.File("other.safetensors");
        File.WriteAllBytes(
            other,
            [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), 0, 0, 0, 0]);
        Refuse(["--size", "64", "--weights", other], other, "infadmm train inverse");
    }

    [Fact]
    public void Places_that_cannot_be_written_to()
    {
        string file = Create("file", "");
        string missing = Path.Combine(_directory.Path, "no", "report.json");
        CommandLine.Run("laplace", "--device", "cpu", "--size", "64", "--json", missing)
            .AssertUsageError("--json", missing, "create");
        Refuse(["--size", "64", "--dump", file], "--dump", file);
        Refuse(["--size", "64", "--out", file], "--out", file);
        string weights = Path.Combine(_directory.Path, "no", "w.safetensors");
        Train("--kernel", "gaussian:3:1", "--stride", "4", "--rho", "1", "--weights", weights)
            .AssertUsageError("--weights", weights, "create");
        Assert.Equal([file], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Theory]
    [InlineData("--kernel gaussian:3:1 --stride 4 --rho 0 --weights w", "--rho", "above 0")]
    [InlineData("--kernel gaussian:100000:1 --stride 4 --rho 1 --weights w", "--kernel", "from 1 to 1024")]
    [InlineData("--kernel gaussian:3:1 --stride 0 --rho 1 --weights w", "--stride", "at least 1")]
    [InlineData("--kernel gaussian:3:1 --stride 4 --rho 1 --channels 3 --weights w", "--channels", "use 1")]
    [InlineData("--kernel gaussian:3:1 --stride 4 --rho 1", "--weights", "required")]
    public void Training_that_cannot_be_done(string options, string named, string fix)
    {
        string[] args = [.. options.Split(' ').Select(arg => arg == "w" ? _directory.File(arg) : arg)];
        Train(args).AssertUsageError(named, fix);
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    private static CommandLine Train(params string[] args) =>
        CommandLine.Run(["train", "inverse", "--device", "cpu", "--steps", "1", .. args]);

    private void Refuse(string[] args, string named, string fix)
    {
        string report = _directory.File("report.json");
        CommandLine.Run(["laplace", "--device", "cpu", "--json", report, .. args]).AssertUsageError(named, fix);
        Assert.False(File.Exists(report));
    }

    private string Create(string name, string contents)
    {
        string file = _directory.File(name);
        File.WriteAllText(file, contents);
        return file;
    }
}
