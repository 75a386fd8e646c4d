using System.Text.Json;

namespace InfAdmm.Cli.Tests;

/// <summary>The time to 0.1 % and the ratio to cg, recomputed from the iterations of the same report.</summary>
public sealed class LaplaceGoalTests
{
    [Fact]
    public void Time_to_the_goal_is_where_the_objective_stays_within_it()
    {
        using LaplaceOutcome run = LaplaceOutcome.Run(
            "--preset", "sparse", "--size", "64", "--solvers", "fft,cg,gd");
        JsonElement[] solvers = [.. run.Solvers.Select(run.Solver)];
        double goal = solvers[0].GetProperty("final_objective_z").GetDouble();
        double[] times = [.. solvers.Select(solver => TimeToGoal(solver, goal))];
        for (int i = 0; i < solvers.Length; i++)
        {
            Assert.Equal(times[i], solvers[i].GetProperty("seconds_to_0.1_percent").GetDouble(), 1e-12);
            Assert.Equal(times[1] / times[i], solvers[i].GetProperty("speedup_vs_cg").GetDouble(), 1e-9);
        }
    }

    private static double TimeToGoal(JsonElement solver, double goal)
    {
        JsonElement[] iterations = [.. solver.GetProperty("iterations").EnumerateArray()];
        int first = iterations.Length;
        while (first > 0
            && Math.Abs(iterations[first - 1].GetProperty("objective_z").GetDouble() / goal - 1) <= 1e-3)
        {
            first--;
        }

        // A goal that is reached at once, or never, would test nothing.
        Assert.InRange(first, 2, iterations.Length - 1);
        return iterations[first].GetProperty("seconds").GetDouble();
    }
}
