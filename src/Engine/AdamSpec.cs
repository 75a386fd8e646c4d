namespace InfAdmm.Engine;

/// <summary>The parameters of one Adam step (Kingma and Ba 2015, Algorithm 1).</summary>
/// <param name="LearningRate">Step size α.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the square root of the second moment.</param>
/// <param name="Step">The number of this step, from 1; used for bias correction of the moments.</param>
public readonly record struct AdamSpec(float LearningRate, float Beta1, float Beta2, float Epsilon, int Step);
