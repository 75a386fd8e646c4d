using InfAdmm.Engine;

namespace InfAdmm.Bench.Gpu;

/// <summary>Ops that are bound by memory, on square images.</summary>
internal static class MemoryOps
{
    /// <summary>The operands of an op: four images.</summary>
    public static Tensor[] Operands(TensorScope scope, int size)
    {
        Tensor[] operands = [.. Enumerable.Range(0, 4).Select(_ => scope.Allocate(new Shape(1, 1, size, size)))];
        for (int i = 0; i < operands.Length; i++)
        {
            scope.Device.FillNormal(seed: 0, (ulong)i, operands[i]);
        }

        // The second moment of Adam must not be negative, and no op before Adam writes it.
        scope.Device.Fill(1, operands[3]);
        return operands;
    }

    /// <summary>The ops, with the bytes that each must move per element of the image.</summary>
    public static IReadOnlyList<(string Name, double Bytes, Action<Tensor[]> Run)> Create(TensorScope scope, int size)
    {
        Device device = scope.Device;
        Tensor scalar = scope.Allocate(Shape.Scalar);
        Tensor tau = scope.Add(device.Allocate(Shape.Scalar, [0.5f]));
        Tensor sums = scope.Allocate(Shape.Vector(Device.IterateSumCount));
        var packed = new Shape(1, 16, size / 4, size / 4);
        var channels = new Shape(1, 64, size / 8, size / 8);
        Tensor[] statistics = [.. Enumerable.Range(0, 6).Select(_ => Ones(scope, new Shape(1, 64, 1, 1)))];
        Tensor kernel = scope.Add(device.Allocate(Shape.Matrix(9, 9), [.. Enumerable.Repeat(1 / 81f, 81)]));
        Tensor small = Ones(scope, new Shape(1, 1, size / 4, size / 4));
        var adam = new AdamSpec(1e-3f, 0.9f, 0.999f, 1e-8f, Step: 10);
        return
        [
            ("copy", 8, t => device.Copy(t[0], t[1])),
            ("combine", 12, t => device.Combine(0.5f, t[0], 0.5f, t[1], t[2])),
            ("relu", 8, t => device.Relu(t[0], t[1])),
            ("sigmoid", 8, t => device.Sigmoid(t[0], t[1])),
            ("soft threshold", 8, t => device.SoftThreshold(t[0], tau, t[1])),
            ("soft threshold, dual and q", 16, t => device.SoftThresholdReflected(t[0], tau, t[1], t[2])),
            ("dot", 8, t => device.Dot(t[0], t[1], scalar)),
            ("iterate sums", 16, t => device.IterateSums(t[0], t[1], t[2], t[3], sums)),
            ("pixel shuffle by 4", 8, t => device.PixelShuffle(t[0].Reshape(packed), 4, t[1])),
            ("pixel unshuffle by 4", 8, t => device.PixelUnshuffle(t[0], 4, t[1].Reshape(packed))),
            ("batch norm, fixed", 8, t => device.BatchNormFixed(
                t[0].Reshape(channels), statistics[0], statistics[1], 1e-5f, Activation.Relu, statistics[2], statistics[3],
                statistics[4], t[1].Reshape(channels))),
            ("batch norm, training", 12, t => device.BatchNorm(
                t[0].Reshape(channels), statistics[0], statistics[1], new BatchNormSpec(1e-5f, 0.1f), Activation.Relu,
                statistics[2], statistics[3], statistics[4], statistics[5], t[1].Reshape(channels))),
            ("blur 9x9, every 4th pixel", 4.25, t => device.Blur(t[0], kernel, 4, 1, null, small)),
            ("its adjoint, added", 8.25, t => device.BlurAdjoint(small, kernel, 4, 1, t[0], t[1])),
            ("window, padded", 8, t => device.Window(t[0], -2, -2, t[1])),
            ("adam", 28, t => device.AdamStep(t[0], t[1], t[2], t[3], adam)),
        ];
    }

    private static Tensor Ones(TensorScope scope, Shape shape)
    {
        Tensor tensor = scope.Allocate(shape);
        scope.Device.Fill(1, tensor);
        return tensor;
    }
}
