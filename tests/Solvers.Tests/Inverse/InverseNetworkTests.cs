using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Weights;
using InfAdmm.Solvers.Inverse;
using InfAdmm.Solvers.Operators;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Solvers.Tests;

/// <summary>
/// The learned inverse against its definition in double precision, to the edge, for every boundary: its layers wrap
/// around where A is periodic, and see zeros beyond the edge elsewhere.
/// </summary>
public sealed class InverseNetworkTests
{
    private const int Side = 4;

    public static TheoryData<Boundary, InverseArchitecture> Cases
    {
        get
        {
            var data = new TheoryData<Boundary, InverseArchitecture>();
            foreach (Boundary boundary in Enum.GetValues<Boundary>())
            {
                data.Add(boundary, InverseArchitecture.Linear);
                data.Add(boundary, InverseArchitecture.Paper);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Layers_agree_with_their_definition(Boundary boundary, InverseArchitecture architecture) =>
        Fixture.OnDevice(device =>
        {
            InverseWeights weights = RandomWeights(device, boundary, architecture);
            var grid = new Shape(1, 1, 7, 9);
            float[] values = Fixture.Normal((int)grid.Count, 2);
            using InverseNetwork network = weights.ToNetwork(device);
            using var graph = new Graph(device);
            using Tensor input = device.Allocate(grid, values);
            Tensor actual = network.Forward(graph.Constant(input)).Data;
            double[] expected = Evaluate(weights, Array.ConvertAll(values, value => (double)value), grid.H, grid.W);
            Assert.InRange(Fixture.RelativeError(actual, expected), 0, 1e-5);
        });

    /// <summary>The collapsed kernel is the response to one pixel far from every edge.</summary>
    [Theory]
    [InlineData(Boundary.Periodic)]
    [InlineData(Boundary.Zero)]
    [InlineData(Boundary.Reflect)]
    [InlineData(Boundary.Valid)]
    public void The_linear_inverse_agrees_with_its_definition(Boundary boundary) => Fixture.OnDevice(device =>
    {
        const int Radius = 6;
        const int Size = 4 * Radius + 1;
        InverseWeights weights = RandomWeights(device, boundary, InverseArchitecture.Linear);
        double[] pixel = new double[Size * Size];
        pixel[pixel.Length / 2] = 1;
        double[] response = Evaluate(weights, pixel, Size, Size);

        var grid = new Shape(1, 1, 14, 17);
        float[] e = Fixture.Normal((int)grid.Count, 3);
        double[] expected = new double[e.Length];
        for (int i = 0; i < e.Length; i++)
        {
            for (int u = -Radius; u <= Radius; u++)
            {
                for (int v = -Radius; v <= Radius; v++)
                {
                    int row = Continued(i / grid.W - u, grid.H, boundary);
                    int column = Continued(i % grid.W - v, grid.W, boundary);
                    double value = row < 0 || column < 0 ? 0 : e[row * grid.W + column];
                    expected[i] += response[(u + 2 * Radius) * Size + v + 2 * Radius] * value;
                }
            }

            expected[i] /= weights.Problem.MeanEigenvalue;
        }

        using Tensor input = device.Allocate(grid, e);
        using Tensor output = device.Allocate(grid);
        using IGramInverse inverse = weights.ToInverse(device, grid);
        inverse.Apply(input, output);
        Assert.InRange(Fixture.RelativeError(output, expected), 0, 1e-5);
    });

    private static InverseWeights RandomWeights(Device device, Boundary boundary, InverseArchitecture architecture)
    {
        var problem = new InverseProblem(BlurKernel.Gaussian(5, 1), 2, 1e-2, boundary);
        using var network = new InverseNetwork(device, architecture, boundary: boundary);
        network.Initialize(seed: 1, looksLinear: false);
        return InverseWeights.FromNetwork(problem, network, 0, new Dictionary<string, string>());
    }

    /// <summary>ConvT(W0) · ConvT(W1) · Conv(W1) · Conv(W0), with ReLUs between in the paper's form.</summary>
    private static double[] Evaluate(InverseWeights weights, double[] x, int height, int width)
    {
        WeightArray outer = weights.Weights.Arrays["expand0.weight"];
        WeightArray inner = weights.Weights.Arrays["expand1.weight"];
        Boundary boundary = weights.Problem.Boundary;
        bool rectified = weights.Architecture == InverseArchitecture.Paper;
        double[] y = Rectify(Convolve(outer, transposed: true, x, height, width, boundary), rectified);
        y = Rectify(Convolve(inner, transposed: true, y, height, width, boundary), rectified);
        y = Rectify(Convolve(inner, transposed: false, y, height, width, boundary), rectified);
        return Convolve(outer, transposed: false, y, height, width, boundary);
    }

    /// <summary>
    /// y[o, p] = Σ w[o, c, k]·x[c, p + k − 1], 'SAME' for a side of 4, or its adjoint y[c, p] = Σ w[o, c, k]·x[o, p − k + 1].
    /// </summary>
    private static double[] Convolve(
        WeightArray weights, bool transposed, double[] x, int height, int width, Boundary boundary)
    {
        int outputs = weights.Shape[transposed ? 1 : 0];
        int inputs = weights.Shape[transposed ? 0 : 1];
        int plane = height * width;
        double[] y = new double[outputs * plane];
        for (int output = 0; output < outputs; output++)
        {
            for (int input = 0; input < inputs; input++)
            {
                int filter = transposed ? input * outputs + output : output * inputs + input;
                for (int tap = 0; tap < Side * Side; tap++)
                {
                    double weight = weights.Values[filter * Side * Side + tap];
                    int u = (transposed ? -1 : 1) * (tap / Side - 1);
                    int v = (transposed ? -1 : 1) * (tap % Side - 1);
                    for (int pixel = 0; pixel < plane; pixel++)
                    {
                        int row = Continued(pixel / width + u, height, boundary);
                        int column = Continued(pixel % width + v, width, boundary);
                        if (row >= 0 && column >= 0)
                        {
                            y[output * plane + pixel] += weight * x[input * plane + row * width + column];
                        }
                    }
                }
            }
        }

        return y;
    }

    private static double[] Rectify(double[] x, bool rectified) =>
        rectified ? Array.ConvertAll(x, value => Math.Max(value, 0)) : x;

    /// <summary>The pixel that stands for one beyond the edge, or −1 for a zero.</summary>
    private static int Continued(int index, int size, Boundary boundary)
    {
        if (index >= 0 && index < size)
        {
            return index;
        }

        return boundary == Boundary.Periodic ? (index + size) % size : -1;
    }
}
