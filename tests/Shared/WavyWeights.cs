using InfAdmm.Nn.Weights;

namespace InfAdmm.Tests.Shared;

/// <summary>Weights that are given by formulas, which other programs evaluate too (tests/Fixtures/README.md).</summary>
internal static class WavyWeights
{
    /// <summary>The convolutions of torchvision's AlexNet or VGG-16.</summary>
    public static WeightSet Of(string name)
    {
        (int Index, int From, int To, int Size)[] layers = name == "alexnet"
            ? [(0, 3, 64, 11), (3, 64, 192, 5), (6, 192, 384, 3), (8, 384, 256, 3), (10, 256, 256, 3)]
            :
            [
                (0, 3, 64, 3), (2, 64, 64, 3), (5, 64, 128, 3), (7, 128, 128, 3), (10, 128, 256, 3), (12, 256, 256, 3),
                (14, 256, 256, 3), (17, 256, 512, 3), (19, 512, 512, 3), (21, 512, 512, 3), (24, 512, 512, 3),
                (26, 512, 512, 3), (28, 512, 512, 3),
            ];
        var arrays = new Dictionary<string, WeightArray>();
        foreach ((int index, int from, int to, int size) in layers)
        {
            arrays[$"features.{index}.weight"] = Kernels([to, from, size, size]);
            arrays[$"features.{index}.bias"] = Biases(to);
        }

        return new WeightSet(arrays, new Dictionary<string, string>());
    }

    /// <summary>The kernels of a convolution: 2/√(fan-in) sin(0.7 i + 0.3 (i mod 11)).</summary>
    /// <param name="shape">Outputs, inputs, height and width.</param>
    public static WeightArray Kernels(int[] shape)
    {
        double scale = 2 / Math.Sqrt(shape[1] * shape[2] * shape[3]);
        return Array(shape, i => scale * Math.Sin(0.7 * i + 0.3 * (i % 11)));
    }

    /// <summary>The biases of a layer: 0.1 cos(i).</summary>
    public static WeightArray Biases(int count) => Array([count], i => 0.1 * Math.Cos(i));

    /// <summary>The scales of a normalization: 1 + 0.1 sin(i).</summary>
    public static WeightArray Scales(int count) => Array([count], i => 1 + 0.1 * Math.Sin(i));

    private static WeightArray Array(int[] shape, Func<int, double> formula) => new(
        shape, [.. Enumerable.Range(0, shape.Aggregate((a, b) => a * b)).Select(i => (float)formula(i))]);
}
