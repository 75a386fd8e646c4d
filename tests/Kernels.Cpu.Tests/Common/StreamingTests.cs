using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>
/// Ops on operands larger than the last-level cache, which use non-temporal stores, compared with the same ops on
/// pieces that do not.
/// </summary>
public sealed class StreamingTests
{
    private const int Pieces = 13;
    private const int PieceLength = 350_003;

    public static TheoryData<SimdWidth, string> Cases
    {
        get
        {
            var data = new TheoryData<SimdWidth, string>();
            foreach (SimdWidth width in Enum.GetValues<SimdWidth>())
            {
                foreach (string op in (string[])["copy", "combine", "soft threshold reflected"])
                {
                    data.Add(width, op);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Large_operands_give_what_small_ones_do(SimdWidth width, string op)
    {
        Assert.SkipUnless(width <= CpuDevice.WidestWidth, $"no {(int)width}-bit vectors here");
        using CpuDevice device = CpuDevice.Create(threads: 2, width);
        using (var scope = new TensorScope(device))
        {
            Shape whole = Shape.Vector(Pieces * PieceLength);
            Tensor[] inputs = [scope.Allocate(whole), scope.Allocate(whole)];
            device.FillNormal(seed: 1, stream: 0, inputs[0]);
            device.FillNormal(seed: 1, stream: 1, inputs[1]);
            Tensor[] expected = [scope.Allocate(whole), scope.Allocate(whole)];
            Tensor[] actual = [scope.Allocate(whole), scope.Allocate(whole)];
            for (int i = 0; i < Pieces; i++)
            {
                Tensor Slice(Tensor tensor) => tensor.Slice(i * (long)PieceLength, Shape.Vector(PieceLength));
                Run(device, op, [.. inputs.Select(Slice)], [.. expected.Select(Slice)]);
            }

            Run(device, op, inputs, actual);
            Assert.Equal(expected[0].ToArray(), actual[0].ToArray());
            Assert.Equal(expected[1].ToArray(), actual[1].ToArray());

            // The same with unaligned operands.
            Tensor Unaligned(Tensor tensor) => tensor.Slice(1, Shape.Vector((Pieces - 1) * PieceLength));
            Run(device, op, [.. inputs.Select(Unaligned)], [.. actual.Select(Unaligned)]);
            Assert.Equal(expected[0].ToArray(), actual[0].ToArray());
            Assert.Equal(expected[1].ToArray(), actual[1].ToArray());
        }

        Assert.Equal(0, device.LiveBuffers);
    }

    private static void Run(Device device, string op, Tensor[] inputs, Tensor[] outputs)
    {
        device.Copy(inputs[1], outputs[1]);
        switch (op)
        {
            case "copy":
                device.Copy(inputs[0], outputs[0]);
                break;
            case "combine":
                device.Combine(0.7f, inputs[0], -1.3f, inputs[1], outputs[0]);
                break;
            default:
                using (Tensor tau = device.Allocate(Shape.Scalar, [0.6f]))
                {
                    device.SoftThresholdReflected(inputs[0], tau, outputs[1], outputs[0]);
                }

                break;
        }
    }
}
