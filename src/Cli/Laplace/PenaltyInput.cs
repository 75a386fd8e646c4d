using InfAdmm.Engine;
using InfAdmm.Solvers;
using InfAdmm.Solvers.ZUpdate;

namespace InfAdmm.Cli.Laplace;

/// <summary>Creates the rule for ρ that <c>--penalty</c> names.</summary>
internal static class PenaltyInput
{
    /// <summary>Returns the rule.</summary>
    /// <param name="options">The options.</param>
    /// <param name="rho">The initial ρ.</param>
    /// <exception cref="InputException">Other options need a fixed ρ, or ρ leaves the range of float32.</exception>
    public static PenaltyRule Create(LaplaceOptions options, double rho)
    {
        PenaltyRule rule = options.Penalty switch
        {
            PenaltyChoice.Balanced => new ResidualBalancing(),
            PenaltyChoice.Continued => new Continuation(),
            _ => PenaltyRule.Fixed,
        };
        if (rule.IsFixed)
        {
            return rule;
        }

        if (options.Update == UpdateForm.Published)
        {
            throw Unusable("--update published needs a fixed ρ: remove one of the two");
        }

        if (options.Retrain)
        {
            throw Unusable("--retrain trains for a fixed ρ: remove one of the two");
        }

        if (PenaltyRule.Rho(rho, rule.LowestExponent) < LaplaceInput.SmallestRho)
        {
            throw Unusable("ρ could become too small for single precision: choose a larger --rho");
        }

        if (PenaltyRule.Rho(rho, rule.HighestExponent) > LaplaceInput.LargestRho)
        {
            throw Unusable("ρ could become too large for single precision: choose a smaller --rho");
        }

        return rule;
    }

    private static InputException Unusable(string message) => new(message) { Parameter = "penalty" };
}
