using InfAdmm.Cli.Terminal;

namespace InfAdmm.Cli.Tests;

/// <summary>Numbers as tables show them.</summary>
public sealed class UnitsTests
{
    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    [InlineData(12.34, "12.3 s")]
    [InlineData(0.99999, "1.00 s")]
    [InlineData(0.0123, "12.3 ms")]
    [InlineData(0.00012345, "123 µs")]
    [InlineData(5e-8, "50.0 ns")]
    [InlineData(0.0, "0.00 ns")]
    public void Times_have_three_digits_and_a_unit(double? seconds, string expected)
    {
        Assert.Equal(expected, Units.Time(seconds));
    }

    [Theory]
    [InlineData(8771.0, "8771.0")]
    [InlineData(17700.4, "17700")]
    [InlineData(9999.99, "10000")]
    [InlineData(1.5, "1.5000")]
    [InlineData(0.0, "0")]
    [InlineData(1.234567e-9, "1.2346e-9")]
    [InlineData(double.NaN, "–")]
    public void Objectives_have_five_digits(double value, string expected)
    {
        Assert.Equal(expected, Units.Objective(value));
    }
}
