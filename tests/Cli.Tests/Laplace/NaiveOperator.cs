using InfAdmm.Engine;
using InfAdmm.Imaging.Files;

namespace InfAdmm.Cli.Tests;

/// <summary>
/// A = S H of docs/mathematics.md §3 in double precision, from its definition: periodic, a true convolution.
/// </summary>
internal sealed class NaiveOperator(PlanarImage kernel, Shape measurement, int stride)
{
    private readonly int _height = measurement.H * stride;
    private readonly int _width = measurement.W * stride;

    public double[] Apply(double[] x)
    {
        double[] y = new double[measurement.Count];
        Visit((pixel, measured, weight) => y[measured] += weight * x[pixel]);
        return y;
    }

    public double[] Adjoint(double[] y)
    {
        double[] x = new double[measurement.Planes * _height * _width];
        Visit((pixel, measured, weight) => x[pixel] += weight * y[measured]);
        return x;
    }

    private void Visit(Action<int, int, double> entry)
    {
        int rows = kernel.Shape.H;
        int columns = kernel.Shape.W;
        for (int measured = 0; measured < measurement.Count; measured++)
        {
            int plane = measured / measurement.PlaneSize;
            int i = measured % measurement.PlaneSize / measurement.W * stride;
            int j = measured % measurement.W * stride;
            for (int tap = 0; tap < rows * columns; tap++)
            {
                int row = Modulo(i - (tap / columns - (rows - 1) / 2), _height);
                int column = Modulo(j - (tap % columns - (columns - 1) / 2), _width);
                entry((plane * _height + row) * _width + column, measured, kernel.Values[tap]);
            }
        }
    }

    private static int Modulo(int index, int size) => (index % size + size) % size;
}
