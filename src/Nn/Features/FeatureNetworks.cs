using InfAdmm.Engine;
using InfAdmm.Nn.Onnx;
using InfAdmm.Nn.Weights;

namespace InfAdmm.Nn.Features;

/// <summary>Builds feature networks from published weights.</summary>
public static class FeatureNetworks
{
    private const int ImageValue = 1;

    /// <summary>
    /// Loads a file: an ONNX file of the ResNet-18 of Microsoft.ML.DnnImageFeaturizer, or the weights of torchvision's AlexNet
    /// or VGG-16, as PyTorch or safetensors files store them.
    /// </summary>
    /// <exception cref="InputException">The file cannot be read, or contains another network.</exception>
    public static FeatureNetwork Load(Device device, string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (extension == ".onnx")
        {
            return FromOnnx(device, OnnxFile.Load(path), "resnet18", ImageNormalization.Cntk);
        }

        if (extension is not (".safetensors" or ".pth" or ".pt"))
        {
            throw new InputException(
                $"{path}: the name must end in .onnx, .safetensors, .pth or .pt, which says how the network is stored");
        }

        WeightSet weights = extension == ".safetensors" ? SafeTensorsFile.Load(path) : TorchFile.Load(path, "features.");
        const int AlexNetKernel = 11;
        return weights.Arrays.GetValueOrDefault("features.0.weight") is { Shape: [_, _, AlexNetKernel, _] }
            ? AlexNet(device, weights, path)
            : Vgg16(device, weights, path);
    }

    /// <summary>
    /// The convolutional part of AlexNet (Krizhevsky 2014, one column) with the names of torchvision's weights:
    /// features.0.weight and so on. Five ReLUs.
    /// </summary>
    /// <exception cref="InputException">An array is missing or has another shape; the message names it.</exception>
    public static FeatureNetwork AlexNet(Device device, WeightSet weights, string source)
    {
        var builder = new StackBuilder(weights, source);
        builder.Convolution(0, 3, 64, 11, stride: 4, padding: 2);
        builder.Pool(3, 2);
        builder.Convolution(3, 64, 192, 5, stride: 1, padding: 2);
        builder.Pool(3, 2);
        builder.Convolution(6, 192, 384, 3, stride: 1, padding: 1);
        builder.Convolution(8, 384, 256, 3, stride: 1, padding: 1);
        builder.Convolution(10, 256, 256, 3, stride: 1, padding: 1);
        return new FeatureNetwork(device, "alexnet", ImageNormalization.Torchvision, builder.Steps);
    }

    /// <summary>
    /// The convolutional part of VGG-16 (Simonyan and Zisserman, ICLR 2015) with the names of torchvision's weights.
    /// Thirteen ReLUs.
    /// </summary>
    /// <exception cref="InputException">An array is missing or has another shape; the message names it.</exception>
    public static FeatureNetwork Vgg16(Device device, WeightSet weights, string source)
    {
        var builder = new StackBuilder(weights, source);
        int index = 0;
        int from = 3;
        foreach ((int count, int width) in ((int, int)[])[(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)])
        {
            for (int i = 0; i < count; i++, index += 2, from = width)
            {
                builder.Convolution(index, from, width, 3, stride: 1, padding: 1);
            }

            builder.Pool(2, 2);
            index++;
        }

        return new FeatureNetwork(device, "vgg16", ImageNormalization.Torchvision, builder.Steps);
    }

    /// <summary>
    /// A network of convolutions, batch normalizations, ReLUs, maximum pooling and sums from an ONNX file, such as the
    /// ResNet-18 of Microsoft.ML.DnnImageFeaturizer; what follows the first other operation is left out.
    /// </summary>
    /// <param name="device">The device that holds it.</param>
    /// <param name="file">The file.</param>
    /// <param name="name">The name of the network, for reports.</param>
    /// <param name="normalization">What the network expects as its input.</param>
    /// <exception cref="InputException">An operation has parameters that are not supported, or its weights are missing.</exception>
    public static FeatureNetwork FromOnnx(Device device, OnnxFile file, string name, ImageNormalization normalization)
    {
        var builder = new GraphBuilder(file);
        foreach (OnnxOperation operation in file.Operations)
        {
            if (!builder.TryAdd(operation))
            {
                break;
            }
        }

        return builder.Steps.Any(step => step is ReluStep)
            ? new FeatureNetwork(device, name, normalization, builder.Steps)
            : throw new InputException(
                $"{file.Source}: the network has no ReLU whose features could be compared: choose one of convolutions, batch " +
                "normalizations, ReLUs, maximum pooling and sums");
    }

    /// <summary>Layers one after the other, from arrays with the names of torchvision.</summary>
    private sealed class StackBuilder(WeightSet weights, string source)
    {
        public List<FeatureStep> Steps { get; } = [];

        private int Last => ImageValue + Steps.Count;

        public void Convolution(int index, int from, int to, int size, int stride, int padding)
        {
            WeightArray kernel = Array($"features.{index}.weight", to, from, size, size);
            WeightArray bias = Array($"features.{index}.bias", to);
            var spec = new Conv2dSpec(stride, padding, padding, padding, padding, Boundary.Zero);
            Steps.Add(new ConvolutionStep(Last, kernel, bias.Values, spec));
            Steps.Add(new ReluStep(Last));
        }

        public void Pool(int size, int stride) => Steps.Add(new PoolStep(Last, new PoolSpec(size, stride)));

        private WeightArray Array(string name, params int[] shape)
        {
            if (!weights.Arrays.TryGetValue(name, out WeightArray? array))
            {
                throw new InputException($"{source}: array '{name}' is missing; the weights belong to another network");
            }

            return array.Shape.AsSpan().SequenceEqual(shape)
                ? array
                : throw new InputException(
                    $"{source}: array '{name}' is ({string.Join(", ", array.Shape)}), the network needs " +
                    $"({string.Join(", ", shape)})");
        }
    }

    /// <summary>Operations of a file, which refer to each other by the names of their outputs.</summary>
    private sealed class GraphBuilder(OnnxFile file)
    {
        private readonly Dictionary<string, int> _values = [];

        public List<FeatureStep> Steps { get; } = [];

        /// <summary>Adds an operation; returns false if it is of another kind than a feature network has.</summary>
        public bool TryAdd(OnnxOperation operation)
        {
            switch (operation.Op)
            {
                case "Conv":
                    AddConvolution(operation);
                    break;
                case "BatchNormalization":
                    FoldNormalization(operation);
                    break;
                case "Relu":
                    Add(operation, new ReluStep(Value(operation, 0)));
                    break;
                case "MaxPool":
                    Add(operation, new PoolStep(Value(operation, 0), Pool(operation)));
                    break;
                case "Add" or "Sum" when operation.Inputs.Count == 2:
                    Add(operation, new SumStep(Value(operation, 0), Value(operation, 1)));
                    break;
                default:
                    return false;
            }

            return true;
        }

        private void Add(OnnxOperation operation, FeatureStep step)
        {
            Steps.Add(step);
            _values[operation.Output] = ImageValue + Steps.Count;
        }

        private void AddConvolution(OnnxOperation operation)
        {
            WeightArray weights = Array(operation, 1);
            long[] pads = Parameter(operation, "pads", [0, 0, 0, 0]);
            long[] strides = Parameter(operation, "strides", [1, 1]);
            bool isPlain = Parameter(operation, "group", [1]).All(group => group == 1)
                && Parameter(operation, "dilations", [1, 1]).All(dilation => dilation == 1);
            if (weights.Shape.Length != 4 || pads.Length != 4 || strides is not [long stride, long other]
                || stride != other || !isPlain)
            {
                throw Unsupported(operation);
            }

            float[] bias = operation.Inputs.Count > 2 ? Array(operation, 2).Values : new float[weights.Shape[0]];
            var spec = new Conv2dSpec(
                (int)stride, (int)pads[0], (int)pads[1], (int)pads[2], (int)pads[3], Boundary.Zero);
            Add(operation, new ConvolutionStep(Value(operation, 0), weights, bias, spec));
        }

        /// <summary>Multiplies the weights of the convolution before it, and shifts its bias.</summary>
        private void FoldNormalization(OnnxOperation operation)
        {
            int input = Value(operation, 0);
            if (input <= ImageValue || Steps[input - ImageValue - 1] is not ConvolutionStep convolution)
            {
                throw Unsupported(operation);
            }

            float[][] arrays = [.. Enumerable.Range(1, 4).Select(i => Array(operation, i).Values)];
            float[] values = [.. convolution.Weights.Values];
            float[] bias = new float[convolution.Bias.Length];
            int size = values.Length / bias.Length;
            for (int c = 0; c < bias.Length; c++)
            {
                double gain = arrays[0][c] / Math.Sqrt((double)arrays[3][c] + operation.Epsilon);
                bias[c] = (float)(arrays[1][c] + (convolution.Bias[c] - (double)arrays[2][c]) * gain);
                for (int i = c * size; i < (c + 1) * size; i++)
                {
                    values[i] = (float)(values[i] * gain);
                }
            }

            Steps[input - ImageValue - 1] = convolution with
            {
                Weights = convolution.Weights with { Values = values },
                Bias = bias,
            };
            _values[operation.Output] = input;
        }

        private PoolSpec Pool(OnnxOperation operation)
        {
            long[] size = Parameter(operation, "kernel_shape", []);
            long[] strides = Parameter(operation, "strides", [1, 1]);
            long[] pads = Parameter(operation, "pads", [0, 0, 0, 0]);

            // With an even number of pixels and a stride of two, a row of padding at the end would not be reached.
            bool isSymmetric = pads is [long top, long left, long bottom, long right] && top == left
                && (bottom == top || bottom == top - 1) && right == bottom;
            return size is [long height, long width] && height == width && strides is [long down, long across]
                && down == across && isSymmetric
                    ? new PoolSpec((int)height, (int)down, (int)pads[0])
                    : throw Unsupported(operation);
        }

        /// <summary>The number of a value; one that no operation computes is the image.</summary>
        private int Value(OnnxOperation operation, int input) =>
            input < operation.Inputs.Count
                ? _values.GetValueOrDefault(operation.Inputs[input], ImageValue)
                : throw Unsupported(operation);

        private WeightArray Array(OnnxOperation operation, int input) =>
            input < operation.Inputs.Count && file.Arrays.TryGetValue(operation.Inputs[input], out WeightArray? array)
                ? array
                : throw new InputException(
                    $"{file.Source}: the weights of '{operation.Output}' ({operation.Op}) are not in the file");

        private static long[] Parameter(OnnxOperation operation, string name, long[] otherwise) =>
            operation.Integers.GetValueOrDefault(name, otherwise);

        private InputException Unsupported(OnnxOperation operation) => new(
            $"{file.Source}: '{operation.Output}' ({operation.Op}) has parameters that a feature network does not support");
    }
}
