using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cpu;

/// <summary>A step of a plan: one or two parallel loops.</summary>
internal abstract record PlannedLayer;

/// <summary>Converts an input of the network to the blocked layout, with a pixel unshuffle by the factor.</summary>
internal sealed record PackLayer(InputNode Input, int Factor, PlannedValue Target) : PlannedLayer;

/// <summary>
/// Converts an input of few channels to the blocked layout, with the taps of its reader's kernel rows unfolded.
/// </summary>
internal sealed record UnfoldLayer(InputNode Input, ConvolutionGeometry Reader, PlannedValue Target) : PlannedLayer;

/// <summary>A convolution between blocked values; without a target it writes to the output of the network.</summary>
internal sealed record ConvolutionLayer(
    ConvolutionGeometry Geometry, ConvolutionMethod Method, PlannedValue Source, PlannedValue? Target) : PlannedLayer;

/// <summary>Converts the output of the network to planes, with a pixel shuffle by the factor.</summary>
internal sealed record UnpackLayer(PlannedValue Source, int Channels, int Factor) : PlannedLayer;
