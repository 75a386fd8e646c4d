namespace InfAdmm.Nn.Optimizers;

/// <summary>
/// How long to train: until the first limit is reached. With a limit on steps only, a run is reproducible.
/// </summary>
/// <param name="Steps">The maximum number of steps.</param>
/// <param name="Seconds">The maximum time in seconds.</param>
public sealed record TrainingBudget(int Steps = int.MaxValue, double Seconds = double.PositiveInfinity)
{
    /// <summary>
    /// Returns the fraction of the budget used after the given steps and seconds; at least 1 when training must end.
    /// </summary>
    public double FractionUsed(int steps, double seconds) => Math.Max((double)steps / Steps, seconds / Seconds);
}
