using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Networks;

/// <summary>
/// The discriminator of DCGAN (Radford, Metz and Chintala, ICLR 2016) on images that are unshuffled by a factor f: 4×4
/// convolutions with stride 2 and twice the channels each, batch normalization in all but the first, leaky ReLUs of slope
/// 0.2, and a last convolution to one logit for each place, which is large for real images. Every place sees a part of
/// the image, so images may have any size.
/// </summary>
public sealed class Discriminator : Layer
{
    private const float Slope = 0.2f;
    private const int KernelSize = 4;
    private const int LastKernelSize = 3;
    private const float InitialDeviation = 0.02f;
    private const int DefaultDepth = 3;

    private readonly int _factor;
    private readonly Conv2d[] _convolutions;
    private readonly BatchNorm2d[] _norms;
    private readonly Conv2d _last;

    /// <summary>Creates the network with weights 0; <see cref="Draw"/> draws random ones.</summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="factor">The unshuffling factor f; both sides of an image must be multiples of it.</param>
    /// <param name="width">Channels of the first convolution.</param>
    /// <param name="depth">The number of convolutions with stride 2.</param>
    public Discriminator(Device device, int channels, int factor, int width = 64, int depth = DefaultDepth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        _factor = factor;
        _convolutions = new Conv2d[depth];
        _norms = new BatchNorm2d[depth - 1];
        int from = channels * factor * factor;
        for (int i = 0; i < depth; i++)
        {
            int to = width << i;
            _convolutions[i] = Register(
                $"conv{i}", new Conv2d(device, from, to, KernelSize, stride: 2, bias: i == 0));
            if (i > 0)
            {
                _norms[i - 1] = Register($"norm{i}", new BatchNorm2d(device, to));
            }

            from = to;
        }

        _last = Register("last", new Conv2d(device, from, 1, LastKernelSize));
    }

    /// <summary>Returns why batches of a shape cannot train the default network; null if they can.</summary>
    /// <param name="images">The shape of a batch.</param>
    /// <param name="factor">The unshuffling factor f.</param>
    public static string? WhyNot(Shape images, int factor)
    {
        int step = factor << DefaultDepth;
        long places = (long)images.N * ((images.H + step - 1) / step) * ((images.W + step - 1) / step);
        return places > 1
            ? null
            : $"the discriminator's batch normalization needs more than one value: use several images, or larger than {step}x{step}";
    }

    /// <summary>
    /// Draws all weights as DCGAN does: normal with deviation 0.02, around 1 for the scales of batch normalization; biases
    /// are 0.
    /// </summary>
    public void Draw(ulong seed)
    {
        ulong stream = 0;
        foreach ((string name, Parameter parameter) in NamedParameters())
        {
            Tensor data = parameter.Data;
            if (name.EndsWith("bias", StringComparison.Ordinal))
            {
                data.Device.Fill(0, data);
                continue;
            }

            using Tensor noise = data.Device.Allocate(data.Shape);
            data.Device.FillNormal(seed, stream++, noise);
            data.Device.Fill(name.StartsWith("norm", StringComparison.Ordinal) ? 1 : 0, data);
            data.Device.Combine(1, data, InitialDeviation, noise, data);
        }
    }

    /// <summary>The logits (N, 1, h, w) of images (N, C, H, W).</summary>
    public override Variable Forward(Variable x)
    {
        Variable value = Functional.PixelUnshuffle(x, _factor);
        for (int i = 0; i < _convolutions.Length; i++)
        {
            value = _convolutions[i].Forward(value);
            value = Functional.LeakyRelu(i == 0 ? value : _norms[i - 1].Forward(value), Slope);
        }

        return _last.Forward(value);
    }
}
