namespace InfAdmm.Cli;

/// <summary>The options that every command has.</summary>
/// <param name="Device">Where to compute: auto, cpu, cuda, ilgpu[:cpu|:cuda|:opencl[:n]].</param>
/// <param name="Precision">fp32, tf32 or fp16.</param>
/// <param name="Threads">Host threads; 0 for one a core.</param>
/// <param name="Seed">Seed of all noise.</param>
/// <param name="Json">Where the report goes, "-" for stdout; null for nowhere.</param>
/// <param name="Out">The directory of figures and tables; null for none.</param>
/// <param name="Quiet">No notes and no progress.</param>
internal sealed record CommonOptions(
    string Device, string Precision, int Threads, ulong Seed, string? Json, string? Out, bool Quiet);
