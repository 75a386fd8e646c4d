namespace InfAdmm.Solvers.Tests;

/// <summary>A rule for ρ that follows a schedule.</summary>
/// <param name="exponentAfter">The exponent after each iteration, from 1.</param>
internal sealed class ScheduledPenalty(Func<int, int> exponentAfter) : PenaltyRule
{
    /// <summary>The residuals that were passed to the rule.</summary>
    public List<AdmmResiduals> Seen { get; } = [];

    /// <summary>Whether the rule asks for residuals.</summary>
    public bool WantsResiduals { get; init; }

    public override bool NeedsResiduals(int iteration) => WantsResiduals;

    protected override int Choose(int iteration, int exponent, AdmmResiduals residuals)
    {
        Seen.Add(residuals);
        return exponentAfter(iteration);
    }
}
