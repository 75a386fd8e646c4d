namespace InfAdmm.Nn.Optimizers;

/// <summary>
/// How long to train: until the first limit is reached. A limit on steps alone makes a run reproducible.
/// </summary>
/// <param name="Steps">The most steps.</param>
/// <param name="Seconds">The most seconds.</param>
public sealed record TrainingBudget(int Steps = int.MaxValue, double Seconds = double.PositiveInfinity)
{
    /// <summary>The fraction that is used after some steps and seconds; at least 1 when training must end.</summary>
    public double FractionUsed(int steps, double seconds) => Math.Max((double)steps / Steps, seconds / Seconds);
}
