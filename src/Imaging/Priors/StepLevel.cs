namespace InfAdmm.Imaging.Priors;

/// <summary>
/// What a prior is told in each step of ADMM: how far the loop is. It is 2⁻ᵏ in step k, from 0; after the last trained
/// step it stays at that step's level, as ρ does.
/// </summary>
public static class StepLevel
{
    /// <summary>The level of a step.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="trained">The count of steps that were trained, each with a level and ρ of its own.</param>
    public static double Of(int step, int trained) => Math.Pow(2, -TrainedStep(step, trained));

    /// <summary>The trained step whose level and ρ a step has.</summary>
    public static int TrainedStep(int step, int trained) => Math.Min(step, trained - 1);
}
