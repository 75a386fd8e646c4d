using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// The usual start of training (He et al., ICCV 2015): normal weights of variance 2/n before a ReLU and 1/n else, n the
/// count of products that each output sums, biases of zero, and batch normalizations as they are made. Activations then
/// neither grow nor fade with depth.
/// </summary>
public static class HeNormal
{
    /// <summary>
    /// Draws the weights of all layers of a module, each layer from a stream of its own, so that weights depend on seed
    /// and place only.
    /// </summary>
    public static void Initialize(Module module, ulong seed)
    {
        ulong stream = 0;
        foreach (Module layer in module.SelfAndNested())
        {
            layer.Initialize(seed, stream++);
        }
    }

    internal static void Fill(Parameter weight, double terms, Activation activation, ulong seed, ulong stream)
    {
        Device device = weight.Data.Device;
        double gain = activation == Activation.Relu ? 2 : 1;
        device.FillNormal(seed, stream, weight.Data);
        device.Scale((float)Math.Sqrt(gain / terms), weight.Data, weight.Data);
    }

    internal static void Clear(Parameter? bias) => bias?.Data.Device.Fill(0, bias.Data);
}
