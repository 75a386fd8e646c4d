using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Features;

namespace InfAdmm.Imaging.Metrics;

/// <summary>
/// How different two images look to a network that was trained to recognise what pictures show: the distance of LPIPS
/// (Zhang, Isola, Efros, Shechtman and Wang, CVPR 2018, equation 1) without its learned weights, that is the mean over
/// layers and places of ‖f/‖f‖ − g/‖g‖‖², where f and g are the features of the two images at a place. 0 for equal
/// images, at most 2, because features are not negative. Images are first enlarged by mirroring to sides that the network
/// takes.
/// </summary>
public sealed class PerceptualDistance
{
    // The constant of LPIPS, for places without features.
    private const double Epsilon = 1e-10;

    private readonly FeatureNetwork _network;
    private readonly int[] _layers;

    /// <summary>Chooses the features.</summary>
    /// <param name="network">The network. The caller keeps ownership.</param>
    /// <param name="layers">
    /// The numbers of its layers (<see cref="FeatureNetwork.Forward"/>), other ones than a prior was trained with; null
    /// for those after a half, three quarters and all of them.
    /// </param>
    /// <exception cref="InputException">The network has no such layer.</exception>
    public PerceptualDistance(FeatureNetwork network, IReadOnlyList<int>? layers = null)
    {
        _network = network;
        int count = network.FeatureCount;
        _layers = [.. (layers ?? [(count + 1) / 2, (3 * count + 3) / 4, count]).Distinct().Order()];
        network.CheckLayers(_layers);
    }

    /// <summary>The network and its layers, for reports.</summary>
    public string Name => $"{_network.Name}, layers {string.Join(", ", _layers)}";

    /// <summary>Compares an image with the truth.</summary>
    /// <param name="image">The image, with values from 0 to 1; a grey one is taken for equal red, green and blue.</param>
    /// <param name="truth">The truth.</param>
    /// <param name="shape">Their shape, (1, 3 or 1, H, W).</param>
    public double Of(ReadOnlySpan<float> image, ReadOnlySpan<float> truth, Shape shape)
    {
        if (shape.N != 1 || shape.C is not (1 or 3) || image.Length != shape.Count || truth.Length != shape.Count)
        {
            throw new ShapeException(
                $"images of {image.Length} and {truth.Length} values and shape {shape} cannot be compared");
        }

        // Both at once: the features of the truth are those of image 1.
        var both = new Shape(2, 3, Enlarged(shape.H), Enlarged(shape.W));
        float[] values = new float[both.Count];
        for (int plane = 0; plane < both.Planes; plane++)
        {
            int channel = shape.C == 1 ? 0 : plane % 3;
            Mirror(
                (plane < 3 ? image : truth).Slice(channel * shape.PlaneSize, shape.PlaneSize), shape.W,
                values.AsSpan(plane * both.PlaneSize, both.PlaneSize), both.W);
        }

        using Tensor input = _network.Device.Allocate(both, values);
        using var graph = new Graph(_network.Device);
        return _network.Forward(graph.Constant(input), _layers).Average(feature => Distance(feature.Data));
    }

    private static int Enlarged(int side) =>
        (side + FeatureNetwork.SafeMultiple - 1) / FeatureNetwork.SafeMultiple * FeatureNetwork.SafeMultiple;

    /// <summary>Enlarges an image at the right and below, where it continues as its mirror image.</summary>
    private static void Mirror(ReadOnlySpan<float> image, int width, Span<float> enlarged, int enlargedWidth)
    {
        int height = image.Length / width;
        for (int i = 0; i < enlarged.Length; i++)
        {
            enlarged[i] = image[Within(i / enlargedWidth, height) * width + Within(i % enlargedWidth, width)];
        }

        static int Within(int place, int side)
        {
            int around = place % (2 * side);
            return Math.Min(around, 2 * side - 1 - around);
        }
    }

    /// <summary>The mean over the places of a layer.</summary>
    private static double Distance(Tensor features)
    {
        Shape shape = features.Shape;
        float[] values = features.ToArray();
        int plane = shape.PlaneSize;
        double sum = 0;
        for (int place = 0; place < plane; place++)
        {
            (double ff, double gg, double fg) = (0, 0, 0);
            for (int c = 0; c < shape.C; c++)
            {
                double f = values[c * plane + place];
                double g = values[(shape.C + c) * plane + place];
                (ff, gg, fg) = (ff + f * f, gg + g * g, fg + f * g);
            }

            double ofF = Math.Sqrt(ff) + Epsilon;
            double ofG = Math.Sqrt(gg) + Epsilon;
            sum += ff / (ofF * ofF) + gg / (ofG * ofG) - 2 * fg / (ofF * ofG);
        }

        return Math.Max(sum / plane, 0);
    }
}
