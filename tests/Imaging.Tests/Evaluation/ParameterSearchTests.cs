using InfAdmm.Imaging.Evaluation;

namespace InfAdmm.Imaging.Tests;

/// <summary>The parameter search climbs to the nearest best point, and evaluates no point twice.</summary>
public sealed class ParameterSearchTests
{
    [Fact]
    public void The_best_point_is_found_from_far_away()
    {
        var asked = new HashSet<(double, double)>();
        var search = new ParameterSearch(parameters =>
        {
            Assert.True(asked.Add((parameters["a"], parameters["b"])), "a point was scored twice");
            double a = Math.Log(parameters["a"] / 0.02);
            double b = Math.Log(parameters["b"] / 5);
            return -(a * a) - b * b - 0.5 * a * b;
        });

        IReadOnlyDictionary<string, double> best =
            search.Best(new Dictionary<string, double> { ["a"] = 10, ["b"] = 0.001 });

        Assert.InRange(best["a"], 0.02 / 1.2, 0.02 * 1.2);
        Assert.InRange(best["b"], 5 / 1.2, 5 * 1.2);
    }

    [Fact]
    public void A_score_that_is_never_a_number_ends_the_search()
    {
        var search = new ParameterSearch(_ => double.NaN);

        Assert.Equal(3, search.Best(new Dictionary<string, double> { ["a"] = 3 })["a"]);
    }
}
