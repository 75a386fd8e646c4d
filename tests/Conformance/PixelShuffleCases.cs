using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>A permutation: exact.</summary>
internal static class PixelShuffleCases
{
    public static IEnumerable<OpCase> All()
    {
        foreach ((Shape full, int factor) in ((Shape, int)[])[
            (new(1, 1, 1, 1), 1), (new(2, 3, 8, 12), 4), (new(1, 7, 66, 2), 2), (new(3, 1, 99, 33), 3)])
        {
            foreach (OpCase item in Of(full, factor))
            {
                yield return item;
            }
        }
    }

    internal static IEnumerable<OpCase> Of(Shape full, int factor)
    {
        var packed = new Shape(full.N, full.C * factor * factor, full.H / factor, full.W / factor);
        yield return new OpCase
        {
            Name = $"pixel shuffle {full} by {factor}",
            Inputs = [packed],
            Outputs = [full],
            Run = (device, inputs, outputs) => device.PixelShuffle(inputs[0], factor, outputs[0]),
            Reference = inputs => [Permute(inputs[0], full, factor, inverse: false)],
            Tolerance = 0,
        };
        yield return new OpCase
        {
            Name = $"pixel unshuffle {full} by {factor}",
            Inputs = [full],
            Outputs = [packed],
            Run = (device, inputs, outputs) => device.PixelUnshuffle(inputs[0], factor, outputs[0]),
            Reference = inputs => [Permute(inputs[0], full, factor, inverse: true)],
            Tolerance = 0,
        };
    }

    private static double[] Permute(double[] values, Shape full, int f, bool inverse)
    {
        double[] result = new double[values.Length];
        int height = full.H / f;
        int width = full.W / f;
        for (int plane = 0; plane < full.Planes; plane++)
        {
            for (int i = 0; i < full.H; i++)
            {
                for (int j = 0; j < full.W; j++)
                {
                    int image = (plane * full.H + i) * full.W + j;
                    int channel = plane * f * f + i % f * f + j % f;
                    int packed = (channel * height + i / f) * width + j / f;
                    result[inverse ? packed : image] = values[inverse ? image : packed];
                }
            }
        }

        return result;
    }
}
