using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;
using InfAdmm.Nn.Networks;

namespace InfAdmm.Bench.Peers;

/// <summary>The networks of the paper with random weights.</summary>
internal static class Networks
{
    private const int Seed = 1709;
    private const int Channels = 3;

    /// <summary>The conditional auto-encoders of Tables 2 and 3: a factor of 4 or 2, y of three channels.</summary>
    public static NetworkNode PixelShuffle(Device device, int batch, int size, int factor)
    {
        var image = new Shape(batch, Channels, size, size);
        using var network = new PixelShuffleAutoEncoder(device, factor, Channels, conditionChannels: Channels);
        Initialize(device, network);
        return network.Trace(NetworkNode.Input(image), NetworkNode.Input(image.Downsampled(factor), index: 1));
    }

    /// <summary>The auto-encoder of digits of Table 1.</summary>
    public static NetworkNode Mnist(Device device, int batch)
    {
        using var network = new MnistAutoEncoder(device);
        Initialize(device, network);
        return network.Trace(NetworkNode.Input(new Shape(batch, 1, 28, 28)));
    }

    /// <summary>
    /// The learned inverse of Table 4, but with zero padding: ONNX Runtime implements circular padding as a separate
    /// copy before each convolution, which would slow it down although its convolutions are not slower.
    /// </summary>
    public static NetworkNode Inverse(Device device, int channels, int size)
    {
        const Activation Relu = Activation.Relu;
        const Padding Same = Padding.Same;
        Layer[] layers =
        [
            new ConvTranspose2d(device, channels, 32, kernelSize: 4, stride: 1, Same, Relu, bias: false),
            new ConvTranspose2d(device, 32, 64, kernelSize: 4, stride: 1, Same, Relu, bias: false),
            new Conv2d(device, 64, 32, kernelSize: 4, stride: 1, Same, Relu, bias: false),
            new Conv2d(device, 32, channels, kernelSize: 4, stride: 1, Same, bias: false),
        ];
        NetworkNode x = NetworkNode.Input(new Shape(1, channels, size, size));
        ulong seed = Seed;
        foreach (Layer layer in layers)
        {
            using (layer)
            {
                HeNormal.Initialize(layer, seed++);
                x = layer.Trace(x);
            }
        }

        return x;
    }

    /// <summary>
    /// Draws weights that keep values at order 1, and nonzero biases. Gains of √2 compensate for each ReLU, which
    /// halves the mean square; normalizations with initial statistics do not.
    /// </summary>
    private static void Initialize(Device device, Module network)
    {
        HeNormal.Initialize(network, Seed);
        ulong stream = 0;
        foreach ((string name, Parameter parameter) in network.NamedParameters())
        {
            if (name.EndsWith(".norm.weight", StringComparison.Ordinal))
            {
                device.Fill(MathF.Sqrt(2), parameter.Data);
            }
            else if (name.EndsWith(".bias", StringComparison.Ordinal))
            {
                device.FillNormal(Seed + 1, stream++, parameter.Data);
                device.Scale(0.1f, parameter.Data, parameter.Data);
            }
        }
    }
}
