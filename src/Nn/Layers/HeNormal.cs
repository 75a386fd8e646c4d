using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;

namespace InfAdmm.Nn.Layers;

/// <summary>
/// Weight initialization of He et al. (ICCV 2015): normal weights with variance 2/n before a ReLU and 1/n otherwise,
/// where n is the number of products summed for each output. Biases are 0; batch normalizations keep their initial
/// values. The magnitude of the activations is then about the same at every depth.
/// </summary>
public static class HeNormal
{
    /// <summary>
    /// Draws the weights of all layers of a module. Each layer has its own random stream, so that its weights depend
    /// only on the seed and on its position.
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
