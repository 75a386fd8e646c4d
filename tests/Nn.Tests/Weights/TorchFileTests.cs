using InfAdmm.Engine;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Nn.Tests;

/// <summary>Files that PyTorch 1.13 wrote; tests/Fixtures/README.md says what they contain.</summary>
public sealed class TorchFileTests
{
    /// <summary>Catches views that are read as if they were contiguous, shared values, and other types.</summary>
    [Theory]
    [InlineData("weights-zip.pth")]
    [InlineData("weights-old.pth")]
    public void Files_of_both_formats_are_read(string name)
    {
        WeightSet weights = TorchFile.Load(PathOf(name));
        Assert.Equal(
            ["0.bias", "0.weight", "1.bias", "1.running_mean", "1.running_var", "1.weight", "part", "scalar", "turned"],
            weights.Arrays.Keys.Order(StringComparer.Ordinal));
        WeightArray turned = weights.Arrays["turned"];
        Assert.Equal([6, 4], turned.Shape);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (i % 4 * 6 + i / 4) / 7f), turned.Values);
        Assert.Equal([8 / 7f, 9 / 7f, 10 / 7f, 14 / 7f, 15 / 7f, 16 / 7f], weights.Arrays["part"].Values);
        Assert.Equal([2.5f], weights.Arrays["scalar"].Values);
        Assert.Empty(weights.Arrays["scalar"].Shape);
        Assert.Equal([3, 2, 3, 3], weights.Arrays["0.weight"].Shape);
        Assert.Equal(-0.0017646604683250189f, weights.Arrays["0.weight"].Values[0]);
        Assert.Equal(
            ["1.bias", "1.running_mean", "1.running_var", "1.weight"],
            TorchFile.Load(PathOf(name), "1.").Arrays.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>Catches a file that makes the reader call a function.</summary>
    [Fact]
    public void Functions_are_never_called()
    {
        string message = Assert.Throws<InputException>(() => TorchFile.Load(PathOf("weights-evil.pth"))).Message;
        Assert.Contains("posix.system", message);
        Assert.Contains("weights-evil.pth", message);
    }

    /// <summary>Catches an undeclared exception, or an endless loop, for every kind of damage.</summary>
    [Theory]
    [InlineData("weights-zip.pth")]
    [InlineData("weights-old.pth")]
    public void Damaged_files_are_read_or_refused(string name)
    {
        byte[] whole = File.ReadAllBytes(PathOf(name));
        var random = new Random(3);
        int refused = 0;
        for (int trial = 0; trial < 3000; trial++)
        {
            byte[] damaged = trial % 3 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            for (int i = 0; i < trial % 5 && damaged.Length > 0; i++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            Exception? failure = Record.Exception(() => TorchFile.Parse(damaged, "f"));
            Assert.True(failure is null or InputException, failure?.ToString());
            refused += failure is null ? 0 : 1;
        }

        Assert.True(refused > 1000, $"only {refused} were refused");
    }

    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);
}
