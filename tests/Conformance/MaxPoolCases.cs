using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>A selection: exact. Values are rounded to whole numbers, so that many windows have several largest ones.</summary>
internal static class MaxPoolCases
{
    public static IEnumerable<OpCase> All()
    {
        foreach ((Shape x, PoolSpec spec) in ((Shape, PoolSpec)[])[
            (new(1, 1, 1, 1), new(1, 1)), (new(2, 3, 12, 17), new(3, 2, 1)), (new(1, 5, 9, 8), new(2, 2)),
            (new(1, 2, 13, 70), new(3, 2)), (new(2, 1, 7, 5), new(4, 1, 2)), (new(1, 3, 11, 10), new(2, 3, 1))])
        {
            Shape y = spec.Output(x);
            yield return new OpCase
            {
                Name = $"max pool {x} {spec.Size} by {spec.Stride}, padding {spec.Padding}",
                Inputs = [x],
                Outputs = [y],
                Run = (device, inputs, outputs) => device.MaxPool2d(inputs[0], spec, outputs[0]),
                Reference = inputs => [Forward(inputs[0], x, y, spec)],
                Tolerance = 0,
                Fill = Round,
            };
            yield return new OpCase
            {
                Name = $"max pool gradient {x} {spec.Size} by {spec.Stride}, padding {spec.Padding}",
                Inputs = [x, y],
                Outputs = [x],
                Run = (device, inputs, outputs) => device.MaxPool2dBackward(inputs[0], inputs[1], spec, outputs[0]),
                Reference = inputs => [Gradient(inputs[0], inputs[1], x, y, spec)],
                Tolerance = 0,
                Fill = Round,
            };
        }
    }

    private static void Round(int input, float[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = MathF.Round(values[i]);
        }
    }

    private static double[] Forward(double[] values, Shape x, Shape y, PoolSpec spec)
    {
        double[] result = new double[y.Count];
        for (int index = 0; index < result.Length; index++)
        {
            result[index] = values[Place(values, index, x, y, spec)];
        }

        return result;
    }

    private static double[] Gradient(double[] values, double[] gy, Shape x, Shape y, PoolSpec spec)
    {
        double[] result = new double[x.Count];
        for (int index = 0; index < gy.Length; index++)
        {
            result[Place(values, index, x, y, spec)] += gy[index];
        }

        return result;
    }

    /// <summary>The first of the largest elements of a window, in the order of rows.</summary>
    private static int Place(double[] values, int index, Shape x, Shape y, PoolSpec spec)
    {
        int plane = index / y.PlaneSize;
        int row = index % y.PlaneSize / y.W;
        int column = index % y.W;
        var inside =
            from i in Enumerable.Range(row * spec.Stride - spec.Padding, spec.Size)
            from j in Enumerable.Range(column * spec.Stride - spec.Padding, spec.Size)
            where i >= 0 && i < x.H && j >= 0 && j < x.W
            select (plane * x.H + i) * x.W + j;
        return inside.MaxBy(place => values[place]);
    }
}
