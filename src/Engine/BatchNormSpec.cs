namespace InfAdmm.Engine;

/// <summary>
/// The parameters of batch normalization (Ioffe and Szegedy 2015), with the names and meaning of PyTorch.
/// </summary>
/// <param name="Epsilon">Added to the variance before the square root.</param>
/// <param name="Momentum">The weight of a batch in the running statistics: r ← (1 − m)·r + m·batch.</param>
public readonly record struct BatchNormSpec(float Epsilon, float Momentum);
