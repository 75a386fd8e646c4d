using InfAdmm.Engine;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// Kernels defined by formulas, compared with the reference program; and the error messages of invalid kernels.
/// </summary>
public sealed class BlurKernelTests
{
    [Fact]
    public void Gaussian_agrees_with_the_reference() =>
        AssertSame(BlurKernel.Gaussian(9, 1.5), Fixture.Kernel("op_gauss9_s4_kernel"), 1e-15);

    [Fact]
    public void Motion_agrees_with_the_reference()
    {
        AssertSame(BlurKernel.Motion(9, 0.6 * 180 / Math.PI), Fixture.Kernel("op_motion9_s1_kernel"), 1e-12);
        AssertSame(BlurKernel.Motion(9, 30), BlurKernel.FromCsv(Fixture.PathOf("motion_9_30.csv")), 1e-8);
    }

    [Fact]
    public void Parse_reads_formulas_and_files()
    {
        Assert.True(BlurKernel.Parse("gaussian:9:1.5").IsSameAs(BlurKernel.Gaussian(9, 1.5)));
        Assert.True(BlurKernel.Parse("motion:9:30").IsSameAs(BlurKernel.Parse(Fixture.PathOf("motion_9_30.csv"))));
        Assert.False(BlurKernel.Parse("gaussian:9:1.5").IsSameAs(BlurKernel.Gaussian(9, 1.6)));
    }

    [Theory]
    [InlineData("gaussian:9")]
    [InlineData("gaussian:0:1")]
    [InlineData("gaussian:9:-1")]
    [InlineData("gaussian:9:nan")]
    [InlineData("motion:nine:30")]
    [InlineData("no-such-file.csv")]
    public void Unusable_names_are_refused(string text)
    {
        InputException failure = Assert.Throws<InputException>(() => BlurKernel.Parse(text));
        Assert.Contains(text, failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1,2\n3")]
    [InlineData("1,nan\n2,3")]
    [InlineData("1,inf\n2,3")]
    [InlineData("1,two\n2,3")]
    [InlineData("0,0\n0,0")]
    public void Unusable_files_are_refused_by_name(string contents)
    {
        string path = Path.Combine(Path.GetTempPath(), $"kernel-{Guid.NewGuid():N}.csv");
        File.WriteAllText(path, contents);
        try
        {
            Assert.Contains(path, Assert.Throws<InputException>(() => BlurKernel.Parse(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void AssertSame(BlurKernel actual, BlurKernel expected, double tolerance)
    {
        Assert.Equal((expected.Height, expected.Width), (actual.Height, actual.Width));
        for (int i = 0; i < expected.Values.Length; i++)
        {
            Assert.Equal(expected.Values[i], actual.Values[i], tolerance);
        }
    }
}
