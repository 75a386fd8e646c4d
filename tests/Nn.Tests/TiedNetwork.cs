using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Tests;

/// <summary>A small network similar to the learned inverse: a transposed convolution and its adjoint.</summary>
internal sealed class TiedNetwork : Layer
{
    private readonly ConvTranspose2d _expand;
    private readonly Conv2d _reduce;

    public TiedNetwork(Device device, int features = 8)
    {
        Weight = new Parameter(device, new Shape(1, features, 3, 3));
        Bias = new Parameter(device, new Shape(1, features, 1, 1));
        _expand = Register(
            "expand", new ConvTranspose2d(Weight, Bias, padding: Padding.SameCircular, activation: Activation.Relu));
        _reduce = Register("reduce", new Conv2d(Weight, padding: Padding.SameCircular));
    }

    public Parameter Weight { get; }

    public Parameter Bias { get; }

    public override Variable Forward(Variable x) => _reduce.Forward(_expand.Forward(x));
}
