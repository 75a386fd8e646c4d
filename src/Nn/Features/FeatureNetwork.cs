using System.Runtime.InteropServices;
using System.Security.Cryptography;
using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Nn.Features;

/// <summary>
/// The convolutional part of a network that was trained to recognise what pictures show, with fixed weights: the comparator
/// C of the paper's equation (13). Gradients pass through it to the image. Its features are the outputs of its ReLUs,
/// counted from 1.
/// </summary>
public sealed class FeatureNetwork : IDisposable
{
    /// <summary>
    /// Images whose sides are multiples of this have features at every layer: the usual networks halve images up to five
    /// times.
    /// </summary>
    public const int SafeMultiple = 32;

    private readonly IReadOnlyList<FeatureStep> _steps;
    private readonly Dictionary<ConvolutionStep, (Tensor Weights, Tensor Bias)> _tensors = [];
    private readonly TensorScope _scope;

    internal FeatureNetwork(Device device, string name, ImageNormalization normalization, IReadOnlyList<FeatureStep> steps)
    {
        Name = name;
        Device = device;
        _steps = [Normalize(normalization), .. steps];
        _scope = new TensorScope(device);
        foreach (ConvolutionStep step in _steps.OfType<ConvolutionStep>())
        {
            int[] shape = step.Weights.Shape;
            _tensors[step] = (
                _scope.Add(device.Allocate(new Shape(shape[0], shape[1], shape[2], shape[3]), step.Weights.Values)),
                _scope.Add(device.Allocate(new Shape(1, shape[0], 1, 1), step.Bias)));
        }
    }

    /// <summary>The name of the network, for reports.</summary>
    public string Name { get; }

    /// <summary>Identifies its weights: the first 16 hexadecimal digits of their SHA-256.</summary>
    public string Fingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (ConvolutionStep step in _steps.OfType<ConvolutionStep>())
            {
                hash.AppendData(MemoryMarshal.AsBytes<float>(step.Weights.Values));
                hash.AppendData(MemoryMarshal.AsBytes<float>(step.Bias));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
        }
    }

    /// <summary>The device that holds the network.</summary>
    public Device Device { get; }

    /// <summary>The number of ReLUs, whose outputs are the features.</summary>
    public int FeatureCount => _steps.Count(step => step is ReluStep);

    /// <summary>Checks the numbers of layers that a user gave.</summary>
    /// <exception cref="InputException">There are none, or one is out of range.</exception>
    public void CheckLayers(params IReadOnlyList<int> layers)
    {
        if (layers.Count == 0 || layers.Any(layer => layer < 1 || layer > FeatureCount))
        {
            throw new InputException($"the layers of {Name} are numbers from 1 to {FeatureCount}")
            {
                Parameter = "feature-layers",
            };
        }
    }

    /// <summary>Returns why images of a shape have no features at some layers; null if they have.</summary>
    /// <param name="images">The shape of the images, (N, 3, H, W).</param>
    /// <param name="layers">The numbers of the layers.</param>
    public string? WhyNot(Shape images, params IReadOnlyList<int> layers)
    {
        var shapes = new List<Shape> { images };
        int relus = 0;
        try
        {
            foreach (FeatureStep step in _steps)
            {
                Shape input = shapes[step.Input];
                shapes.Add(step switch
                {
                    ConvolutionStep convolution => convolution.Spec.Output(input, _tensors[convolution].Weights.Shape),
                    PoolStep pool => pool.Spec.Output(input),
                    _ => input,
                });
                if (step is SumStep sum && shapes[sum.Other] != input)
                {
                    return $"the network {Name} adds features of different sizes for images of {images.W}x{images.H}: choose " +
                        $"sides that are multiples of {SafeMultiple}";
                }

                if (step is ReluStep && ++relus == layers.Max())
                {
                    break;
                }
            }
        }
        catch (ShapeException)
        {
            return $"the network {Name} needs images larger than {images.W}x{images.H}";
        }

        return null;
    }

    /// <summary>Computes features of RGB images.</summary>
    /// <param name="x">The images, (N, 3, H, W), with values from 0 to 1.</param>
    /// <param name="layers">The numbers of the ReLUs, from 1 to <see cref="FeatureCount"/>, in ascending order.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="ShapeException">The images have other channels or are too small.</exception>
    public IReadOnlyList<Variable> Forward(Variable x, params IReadOnlyList<int> layers)
    {
        foreach (int layer in layers)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(layer, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(layer, FeatureCount);
        }

        var graph = Graph.Of(x);
        var values = new List<Variable> { x };
        var features = new List<Variable>();
        int relus = 0;
        foreach (FeatureStep step in _steps)
        {
            Variable input = values[step.Input];
            values.Add(step switch
            {
                ConvolutionStep convolution => Convolve(graph, input, convolution),
                PoolStep pool => Functional.MaxPool2d(input, pool.Spec),
                SumStep sum => Functional.Combine(1, input, 1, values[sum.Other]),
                _ => Functional.Relu(input),
            });
            if (step is ReluStep && layers.Contains(++relus))
            {
                features.Add(values[^1]);
                if (features.Count == layers.Count)
                {
                    break;
                }
            }
        }

        return features;
    }

    /// <summary>
    /// The mean over layers of the mean squared difference of features, each divided by the mean square of the features of
    /// <paramref name="target"/>: ‖C(x) − C(target)‖² of equation (13), in which every layer has the same weight.
    /// </summary>
    /// <param name="x">The images, (N, 3, H, W).</param>
    /// <param name="target">The images to compare with, of the same shape; a constant.</param>
    /// <param name="layers">The numbers of the layers.</param>
    public Variable Distance(Variable x, Variable target, params IReadOnlyList<int> layers)
    {
        var graph = Graph.Of(x);
        IReadOnlyList<Variable> ours = Forward(x, layers);
        IReadOnlyList<Variable> theirs = Forward(target, layers);
        Variable? sum = null;
        for (int i = 0; i < ours.Count; i++)
        {
            Tensor feature = theirs[i].Data;
            using Tensor square = feature.Device.Allocate(Shape.Scalar);
            feature.Device.Dot(feature, feature, square);
            double[] squares = [square.ToScalar()];
            graph.Group.Sum(squares);
            float weight = (float)(feature.Count * (double)graph.Group.Size / Math.Max(squares[0], float.Epsilon) / ours.Count);
            Variable error = Functional.MeanSquaredError(ours[i], theirs[i]);
            sum = sum is null
                ? Functional.Combine(weight, error, 0, error)
                : Functional.Combine(1, sum, weight, error);
        }

        return sum ?? graph.Constant(_scope.Add(x.Data.Device.AllocateZeros(Shape.Scalar)));
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => _scope.Dispose();

    private Variable Convolve(Graph graph, Variable x, ConvolutionStep step)
    {
        (Tensor weights, Tensor bias) = _tensors[step];
        return Functional.Conv2d(x, graph.Constant(weights), graph.Constant(bias), step.Spec);
    }

    /// <summary>The normalization of the input as a convolution of 1×1 pixels.</summary>
    private static ConvolutionStep Normalize(ImageNormalization normalization)
    {
        float[] weights = new float[9];
        for (int c = 0; c < 3; c++)
        {
            weights[3 * c + normalization.Order[c]] = normalization.Scale[c];
        }

        return new ConvolutionStep(
            0, new WeightArray([3, 3, 1, 1], weights), [.. normalization.Shift], Conv2dSpec.Valid());
    }
}
