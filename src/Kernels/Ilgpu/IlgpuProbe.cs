namespace InfAdmm.Kernels.Ilgpu;

/// <summary>What ILGPU found when it was asked for an accelerator.</summary>
/// <param name="Available">There is one.</param>
/// <param name="IsGpu">It is a GPU, so that it may be chosen without being named.</param>
/// <param name="Description">What it is, and what was found beside it.</param>
/// <param name="Reason">Why there is none.</param>
public sealed record IlgpuProbe(bool Available, bool IsGpu, string? Description, string? Reason);
