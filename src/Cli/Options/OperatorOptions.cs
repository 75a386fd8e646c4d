using InfAdmm.Engine;

namespace InfAdmm.Cli.Options;

/// <summary>What A = S H is made of. What is null takes the preset's value.</summary>
/// <param name="Preset">One of <see cref="OperatorOptionSet.Presets"/>.</param>
/// <param name="Size">Height and width of x in pixels.</param>
/// <param name="Stride">The step of the decimation S.</param>
/// <param name="Kernel">The blur H: gaussian:9:1.5, motion:9:30 or a CSV file.</param>
/// <param name="Boundary">What the blur finds beyond the edge of an image.</param>
/// <param name="Rho">The penalty ρ.</param>
internal sealed record OperatorOptions(string Preset, int? Size, int? Stride, string? Kernel, Boundary Boundary, double? Rho);
