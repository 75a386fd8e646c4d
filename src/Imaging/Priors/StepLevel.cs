namespace InfAdmm.Imaging.Priors;

/// <summary>
/// The level that a prior receives in each step of ADMM, which states the progress of the loop: 2⁻ᵏ in step k, counted
/// from 0. After the last trained step it stays at the level of that step, as ρ does.
/// </summary>
public static class StepLevel
{
    /// <summary>The level of a step.</summary>
    /// <param name="step">The step, counted from 0.</param>
    /// <param name="trained">The number of trained steps, each with its own level and ρ.</param>
    public static double Of(int step, int trained) => Math.Pow(2, -TrainedStep(step, trained));

    /// <summary>Returns the trained step whose level and ρ a step uses.</summary>
    public static int TrainedStep(int step, int trained) => Math.Min(step, trained - 1);
}
