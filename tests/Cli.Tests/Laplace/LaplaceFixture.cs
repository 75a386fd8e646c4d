namespace InfAdmm.Cli.Tests;

/// <summary>Both presets at a small size, run once for all tests.</summary>
public sealed class LaplaceFixture : IDisposable
{
    internal LaplaceOutcome Paper { get; } = LaplaceOutcome.Run("--size", "64", "--iterations", "10");

    internal LaplaceOutcome Sparse { get; } =
        LaplaceOutcome.Run("--size", "64", "--preset", "sparse", "--iterations", "50", "--threads", "1");

    internal LaplaceOutcome Of(string preset) => preset == "paper" ? Paper : Sparse;

    public void Dispose()
    {
        Paper.Dispose();
        Sparse.Dispose();
    }
}
