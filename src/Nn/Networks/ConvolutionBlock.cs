using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Networks;

/// <summary>
/// A 4×4 'SAME' convolution without bias, batch normalization, activation: one row of Tables 2 and 3 of the paper.
/// </summary>
internal sealed class ConvolutionBlock : Layer
{
    private readonly Conv2d _convolution;
    private readonly BatchNorm2d _normalization;

    public ConvolutionBlock(Device device, int inChannels, int outChannels, Activation activation, int uses)
    {
        _convolution = Register("conv", new Conv2d(device, inChannels, outChannels, kernelSize: 4, bias: false));
        _normalization = Register("norm", new BatchNorm2d(device, outChannels, activation, uses: uses));
    }

    public override Variable Forward(Variable x) => _normalization.Forward(_convolution.Forward(x));

    public override NetworkNode Trace(NetworkNode x) => _normalization.Trace(_convolution.Trace(x));
}
