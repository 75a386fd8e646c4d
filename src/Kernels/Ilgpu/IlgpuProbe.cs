namespace InfAdmm.Kernels.Ilgpu;

/// <summary>The result of probing for an ILGPU accelerator.</summary>
/// <param name="Available">Whether an accelerator can be used.</param>
/// <param name="IsGpu">Whether it is a GPU and so may be chosen automatically.</param>
/// <param name="Description">The kind and the name of the accelerator, or null.</param>
/// <param name="Reason">Why no accelerator can be used, or null.</param>
public sealed record IlgpuProbe(bool Available, bool IsGpu, string? Description, string? Reason);
