using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>Copies of whole channels: exact, and channels that are not copied to are unchanged.</summary>
internal static class CopyChannelsCases
{
    private const float Old = 2.5f;

    public static IEnumerable<OpCase> All()
    {
        yield return Copy(new(1, 1, 1, 1), from: 0, count: 1, channels: 1, to: 0);
        yield return Copy(new(1, 1, 7, 33), from: 0, count: 1, channels: 7, to: 6);
        yield return Copy(new(3, 7, 33, 1), from: 0, count: 7, channels: 33, to: 0);
        yield return Copy(new(3, 7, 1, 33), from: 0, count: 7, channels: 33, to: 26);
        yield return Copy(new(2, 33, 7, 7), from: 5, count: 7, channels: 7, to: 0);
        yield return Copy(new(7, 33, 3, 5), from: 32, count: 1, channels: 3, to: 1);
    }

    private static OpCase Copy(Shape x, int from, int count, int channels, int to)
    {
        Shape y = x with { C = channels };
        return new OpCase
        {
            Name = $"copy channels {from}…{from + count - 1} of {x} to {to} of {channels}",
            Inputs = [x],
            Outputs = [y],
            Run = (device, inputs, outputs) =>
            {
                device.Fill(Old, outputs[0]);
                device.CopyChannels(inputs[0], from, count, outputs[0], to);
            },
            Reference = inputs => [Expected(inputs[0], x, from, count, y, to)],
            Tolerance = 0,
        };
    }

    private static double[] Expected(double[] values, Shape x, int from, int count, Shape y, int to)
    {
        double[] result = new double[y.Count];
        for (int i = 0; i < result.Length; i++)
        {
            int pixel = i % y.PlaneSize;
            int channel = i / y.PlaneSize % y.C;
            int image = i / y.PlaneSize / y.C;
            int source = (image * x.C + channel - to + from) * x.PlaneSize + pixel;
            result[i] = channel >= to && channel < to + count ? values[source] : Old;
        }

        return result;
    }
}
