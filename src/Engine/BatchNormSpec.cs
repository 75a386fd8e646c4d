namespace InfAdmm.Engine;

/// <summary>The numbers of a batch normalization (Ioffe and Szegedy 2015), as PyTorch names and applies them.</summary>
/// <param name="Epsilon">Added to the variance before its root.</param>
/// <param name="Momentum">The share of a batch in the running statistics: r ← (1 − m)·r + m·batch.</param>
public readonly record struct BatchNormSpec(float Epsilon, float Momentum);
