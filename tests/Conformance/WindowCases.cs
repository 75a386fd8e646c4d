using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>Windows inside planes, across their edges and outside them: exact copies.</summary>
internal static class WindowCases
{
    private static readonly (Shape X, int Top, int Left, int Height, int Width)[] Problems =
    [
        (new(1, 1, 1, 1), 0, 0, 1, 1),
        (new(1, 1, 1, 1), -3, 2, 7, 33),
        (new(2, 3, 227, 41), 0, 0, 228, 44),
        (new(2, 3, 33, 44), 2, 5, 31, 37),
        (new(1, 7, 7, 33), -2, -5, 12, 41),
        (new(3, 1, 33, 7), 40, -20, 5, 9),
    ];

    public static IEnumerable<OpCase> All() => Problems.Select(p =>
    {
        Shape y = p.X with { H = p.Height, W = p.Width };
        return new OpCase
        {
            Name = $"window {y} at ({p.Top}, {p.Left}) of {p.X}",
            Inputs = [p.X],
            Outputs = [y],
            Run = (device, inputs, outputs) => device.Window(inputs[0], p.Top, p.Left, outputs[0]),
            Reference = inputs => [Window(inputs[0], p.X, p.Top, p.Left, y)],
            Tolerance = 0,
        };
    });

    private static double[] Window(double[] x, Shape from, int top, int left, Shape to)
    {
        double[] y = new double[to.Count];
        for (int k = 0; k < y.Length; k++)
        {
            int plane = k / to.PlaneSize;
            int row = Math.Clamp(top + k / to.W % to.H, 0, from.H - 1);
            int column = Math.Clamp(left + k % to.W, 0, from.W - 1);
            y[k] = x[(plane * from.H + row) * from.W + column];
        }

        return y;
    }
}
