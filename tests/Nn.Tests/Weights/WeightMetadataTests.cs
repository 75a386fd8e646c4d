using System.Globalization;
using InfAdmm.Engine;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Nn.Tests;

/// <summary>Metadata of weight files: what is written is read back exactly, and nothing else is read.</summary>
public sealed class WeightMetadataTests
{
    [Fact]
    public void What_is_written_is_read_back_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = comma;
            var written = new MetadataWriter
            {
                { "format", "test-1" },
                { "steps", 1200 },
                { "seed", ulong.MaxValue },
                { "rho", 0.1 + 0.2 },
            };
            var reader = new MetadataReader(written.Entries, "file");

            reader.Require("format", "test-1", "test");
            Assert.Equal(1200, reader.GetInteger("steps", 1));
            Assert.Equal(0.1 + 0.2, reader.GetNumber("rho", 0));
            Assert.Equal("18446744073709551615", reader.GetText("seed"));
            Assert.Equal(7, reader.GetNumberOr(7, "absent", 0));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData("nan")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e999")]
    [InlineData("-1")]
    [InlineData("1001")]
    [InlineData("1,5")]
    [InlineData("1,000")]
    [InlineData("0x10")]
    [InlineData("")]
    public void Numbers_that_are_not_finite_in_range_and_invariant_are_refused(string text)
    {
        MetadataReader reader = Read(text);

        AssertNamed(() => reader.GetNumber("key", 0, 1000));
        AssertNamed(() => reader.GetInteger("key", 0, 1000));
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("1e2")]
    [InlineData("4294967297")]
    public void What_is_not_an_integer_is_refused(string text) => AssertNamed(() => Read(text).GetInteger("key", 0));

    [Fact]
    public void Missing_keys_other_words_and_other_kinds_of_file_are_refused()
    {
        AssertNamed(() => new MetadataReader(new Dictionary<string, string>(), "file").GetInteger("key", 0));
        AssertNamed(() => Read("small").GetChoice("key", "default", "paper"));
        Assert.Equal("paper", Read("paper").GetChoice("key", "default", "paper"));
        var refusal = Assert.Throws<InputException>(() => Read("a-1").Require("key", "b-1", "inverse"));
        Assert.Equal("file: contains no inverse: metadata 'key' is 'a-1', expected 'b-1'", refusal.Message);
    }

    [Fact]
    public void Arrays_that_are_not_finite_are_refused_by_name()
    {
        var set = new WeightSet(
            new Dictionary<string, WeightArray> { ["good"] = new([1], [1]) }, new Dictionary<string, string>());
        set.CheckFinite("file");

        InputException refusal = Assert.Throws<InputException>(
            () => set.With("bad", new WeightArray([2], [0, float.PositiveInfinity])).CheckFinite("file"));
        Assert.StartsWith("file: array 'bad'", refusal.Message);
        set.With("bad", new WeightArray([1], [float.NaN])).Without("bad").CheckFinite("file");
    }

    private static MetadataReader Read(string text) =>
        new(new Dictionary<string, string> { ["key"] = text }, "file");

    private static void AssertNamed<T>(Func<T> read)
    {
        string message = Assert.Throws<InputException>(() => read()).Message;
        Assert.Contains("file", message);
        Assert.Contains("'key'", message);
        Assert.DoesNotContain('\n', message);
    }
}
