using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>Copies parameters to the host, for <see cref="NetworkNode"/> values.</summary>
internal static class HostWeights
{
    public static ConvolutionWeights Of(Parameter weight, Parameter? bias) =>
        new(weight.Shape, weight.Data.ToArray(), bias?.Data.ToArray());
}
