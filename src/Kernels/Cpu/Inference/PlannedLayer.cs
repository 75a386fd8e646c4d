using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cpu;

/// <summary>What a plan does, in order. A layer is one or two parallel loops.</summary>
internal abstract record PlannedLayer;

/// <summary>An input of the network brought into the blocked layout, with its pixels unshuffled.</summary>
internal sealed record PackLayer(InputNode Input, int Factor, PlannedValue Target) : PlannedLayer;

/// <summary>An input of few channels with the taps of its reader's rows written out.</summary>
internal sealed record UnfoldLayer(InputNode Input, ConvolutionGeometry Reader, PlannedValue Target) : PlannedLayer;

/// <summary>A convolution between blocked values; without target it writes the network's output.</summary>
internal sealed record ConvolutionLayer(
    ConvolutionGeometry Geometry, ConvolutionMethod Method, PlannedValue Source, PlannedValue? Target) : PlannedLayer;

/// <summary>The network's output brought back to planes, with its pixels shuffled.</summary>
internal sealed record UnpackLayer(PlannedValue Source, int Channels, int Factor) : PlannedLayer;
