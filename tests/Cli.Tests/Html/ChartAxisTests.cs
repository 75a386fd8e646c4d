using System.Globalization;
using InfAdmm.Cli.Html;

namespace InfAdmm.Cli.Tests;

/// <summary>The axes of charts.</summary>
public sealed class ChartAxisTests
{
    /// <summary>Catches ticks that are outside, too many, too few, twice, or at another value than their label.</summary>
    [Theory]
    [InlineData(1, 30, false)]
    [InlineData(1, 2, false)]
    [InlineData(27.31, 27.34, false)]
    [InlineData(5, 5, false)]
    [InlineData(0.4, 95000, true)]
    [InlineData(1e-9, 1e6, true)]
    [InlineData(8852, 17850, true)]
    [InlineData(0.9, 70, true)]
    [InlineData(3, 3.01, true)]
    [InlineData(7, 7, true)]
    public void Ticks_are_few_and_where_they_say(double least, double most, bool isLogarithmic)
    {
        var axis = new ChartAxis(least, most, isLogarithmic);
        Assert.InRange(axis.Ticks.Count, 2, 16);
        Assert.Equal(axis.Ticks.Count, axis.Ticks.Select(tick => tick.Label).Distinct().Count());
        Assert.All(axis.Ticks, tick =>
        {
            Assert.InRange(tick.At, 0, 1);
            Assert.Equal(axis.Place(double.Parse(tick.Label, CultureInfo.InvariantCulture)), tick.At, 1e-6);
        });
    }

    /// <summary>Catches points at or beyond the ends, and an axis that is linear where it should be logarithmic.</summary>
    [Fact]
    public void Values_are_inside_and_in_proportion()
    {
        var linear = new ChartAxis(2, 10, isLogarithmic: false);
        var logarithmic = new ChartAxis(1, 100, isLogarithmic: true);
        Assert.InRange(linear.Place(2), 0.01, 0.1);
        Assert.InRange(linear.Place(10), 0.9, 0.99);
        Assert.Equal(0.5, linear.Place(6), 1e-12);
        Assert.Equal(0.5, logarithmic.Place(10), 1e-12);
    }
}
