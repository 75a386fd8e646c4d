using InfAdmm.Engine;

namespace InfAdmm.Conformance;

/// <summary>
/// Convolution and its three gradients. The geometries take every combination that changes the code path of a backend:
/// strides, kernels larger and smaller than the stride, one-sided and asymmetric padding, padding larger than the
/// image, and channel counts that are not a multiple of the vector width.
/// </summary>
internal static class Conv2dCases
{
    /// <summary>
    /// A float sum of n products has an error of about √n·6e-8 times the root of the sum of its squared terms, which is
    /// about a third of the largest output: 1e-6 for the 1024 terms of 64 channels times 4×4. The tolerance is ten
    /// times that, for other orders of summation. Minimal filtering has an error of 3e-6 of the root mean square; its
    /// largest deviation among a thousand values is four times that.
    /// </summary>
    private const double Tolerance = 1e-5;

    public static IEnumerable<OpCase> All()
    {
        foreach (OpCase item in Geometries().SelectMany(Of))
        {
            yield return item;
        }

        foreach (var shape in new Shape[] { new(1, 1, 1, 1), new(3, 7, 33, 7), new(1, 33, 1, 33), new(2, 5, 64, 64) })
        {
            yield return BackwardBias(shape);
        }
    }

    /// <summary>A convolution with 'SAME' padding and its gradients.</summary>
    internal static IEnumerable<OpCase> Same(Shape x, int outChannels, int kernel, int stride, Boundary boundary) =>
        Of(new Geometry(x, outChannels, kernel, kernel, Conv2dSpec.Same(x, kernel, kernel, stride, boundary)));

    private static IEnumerable<OpCase> Of(Geometry geometry) =>
        [Forward(geometry), BackwardInput(geometry), BackwardWeights(geometry)];

    private static IEnumerable<Geometry> Geometries()
    {
        // All sizes 1.
        yield return new(new(1, 1, 1, 1), 1, 1, 1, Conv2dSpec.Valid());
        yield return new(new(1, 7, 33, 1), 33, 1, 1, Conv2dSpec.Valid());
        yield return new(new(3, 33, 7, 33), 7, 3, 1, Conv2dSpec.Valid());

        // Kernels, strides and boundaries with 'SAME' padding: asymmetric for even kernels and strides above 1.
        foreach ((int height, int width) in new[] { (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (3, 7) })
        {
            foreach (int stride in new[] { 1, 2, 3 })
            {
                foreach (Boundary boundary in new[] { Boundary.Zero, Boundary.Periodic })
                {
                    var x = new Shape(stride == 2 ? 3 : 1, 7, 12, 33);
                    Conv2dSpec same = Conv2dSpec.Same(x, height, width, stride, boundary);
                    yield return new(x, 5, height, width, same) { Bias = stride != 3, Relu = stride != 1 };
                }

                yield return new(new(1, 3, 9, 17), 9, height, width, Conv2dSpec.Valid(stride)) { Bias = stride == 2 };
            }
        }

        // The layers of the networks.
        foreach ((int from, int to) in new[] { (1, 32), (32, 64), (64, 32), (32, 1) })
        {
            var x = new Shape(1, from, 16, 16);
            Conv2dSpec same = Conv2dSpec.Same(x, 4, 4, boundary: Boundary.Periodic);
            yield return new(x, to, 4, 4, same) { Bias = true, Relu = true };
            yield return new(x with { N = 3, H = 7, W = 33 }, to, 4, 4, same with { Boundary = Boundary.Zero });
        }

        // Enough channels and pixels on both sides for the large tiles of a GPU.
        var many = new Shape(2, 33, 17, 19);
        yield return new(many, 33, 3, 3, Conv2dSpec.Same(many, 3, 3, boundary: Boundary.Periodic)) { Bias = true };

        // Enough channels for minimal filtering, with partial tiles at the image border, and leftover channels and
        // tiles.
        foreach (int size in new[] { 3, 4, 5 })
        {
            foreach (Boundary boundary in new[] { Boundary.Zero, Boundary.Periodic })
            {
                var x = new Shape(2, 17, 13, 11);
                Conv2dSpec same = Conv2dSpec.Same(x, size, size, boundary: boundary);
                yield return new(x, 33, size, size, same) { Bias = true, Relu = size == 4 };
            }

            yield return new(new(1, 33, 16, 7), 17, size, size, Conv2dSpec.Valid()) { Relu = size == 3 };
            yield return new(new(1, 17, 15, 16), 33, size, size, new(1, 1, 0, 2, 2, Boundary.Periodic)) { Bias = true };
        }

        // Padding larger than image and kernel, one-sided padding, periodic outputs that do not tile the input.
        yield return new(new(1, 2, 2, 3), 3, 4, 4, new(1, 1, 1, 2, 2, Boundary.Periodic)) { Bias = true };
        yield return new(new(3, 1, 1, 1), 7, 4, 4, new(1, 1, 1, 2, 2, Boundary.Periodic)) { Relu = true };
        yield return new(new(1, 2, 2, 3), 3, 3, 3, new(2, 5, 7, 4, 8, Boundary.Periodic)) { Bias = true };
        yield return new(new(1, 2, 7, 5), 1, 3, 3, new(1, 4, 5, 6, 3, Boundary.Zero)) { Bias = true };
        yield return new(new(1, 3, 7, 5), 9, 2, 2, new(3, 4, 5, 0, 0, Boundary.Zero)) { Relu = true };
        yield return new(new(3, 7, 7, 33), 7, 4, 3, new(1, 0, 2, 3, 0, Boundary.Periodic)) { Bias = true, Relu = true };
        yield return new(new(1, 7, 7, 33), 7, 4, 3, new(1, 0, 2, 0, 5, Boundary.Periodic)) { Bias = true, Relu = true };
        yield return new(new(1, 3, 11, 10), 5, 5, 4, new(3, 1, 0, 2, 3, Boundary.Periodic));

        // The last layer of an image network, with values in [0, 1]; the same where a gradient is folded back.
        yield return new(new(3, 7, 33, 7), 1, 5, 5, new(2, 1, 1, 2, 2, Boundary.Zero)) { Bias = true, Sigmoid = true };
        yield return new(new(1, 1, 11, 10), 5, 5, 4, new(3, 1, 0, 2, 3, Boundary.Periodic)) { Sigmoid = true };
    }

    private static OpCase Forward(Geometry geometry) => new()
    {
        Name = $"conv2d {geometry}",
        Inputs = geometry.WithBias(geometry.Input, geometry.Weights, geometry.OutChannels),
        Outputs = [geometry.Output],
        Run = (device, inputs, outputs) => device.Conv2d(
            inputs[0], inputs[1], geometry.Bias ? inputs[2] : null, geometry.Spec, geometry.Activation, outputs[0]),
        Reference = inputs =>
        {
            double[] y = new double[geometry.Output.Count];
            geometry.Visit((x, w, y1) => y[y1] += inputs[0][x] * inputs[1][w]);
            geometry.Finish(y, geometry.Output, geometry.Bias ? inputs[2] : null);
            return [y];
        },
        Tolerance = Tolerance,
    };

    private static OpCase BackwardInput(Geometry geometry) => new()
    {
        Name = $"conv2d backward input {geometry}",
        Inputs = geometry.WithBias(geometry.Output, geometry.Weights, geometry.Input.C),
        Outputs = [geometry.Input],
        Run = (device, inputs, outputs) => device.Conv2dBackwardInput(
            inputs[0], inputs[1], geometry.Bias ? inputs[2] : null, geometry.Spec, geometry.Activation, outputs[0]),
        Reference = inputs =>
        {
            double[] gx = new double[geometry.Input.Count];
            geometry.Visit((x, w, y) => gx[x] += inputs[0][y] * inputs[1][w]);
            geometry.Finish(gx, geometry.Input, geometry.Bias ? inputs[2] : null);
            return [gx];
        },
        Tolerance = Tolerance,
    };

    private static OpCase BackwardWeights(Geometry geometry) => new()
    {
        Name = $"conv2d backward weights {geometry}",
        Inputs = [geometry.Input, geometry.Output],
        Outputs = [geometry.Weights],
        Run = (device, inputs, outputs) =>
            device.Conv2dBackwardWeights(inputs[0], inputs[1], geometry.Spec, outputs[0]),
        Reference = inputs =>
        {
            double[] gw = new double[geometry.Weights.Count];
            geometry.Visit((x, w, y) => gw[w] += inputs[0][x] * inputs[1][y]);
            return [gw];
        },
        Tolerance = Tolerance,
    };

    private static OpCase BackwardBias(Shape shape) => new()
    {
        Name = $"conv2d backward bias {shape}",
        Inputs = [shape],
        Outputs = [new Shape(1, shape.C, 1, 1)],
        Run = (device, inputs, outputs) => device.Conv2dBackwardBias(inputs[0], outputs[0]),
        Reference = inputs =>
        {
            double[] gb = new double[shape.C];
            for (int i = 0; i < inputs[0].Length; i++)
            {
                gb[i / shape.PlaneSize % shape.C] += inputs[0][i];
            }

            return [gb];
        },
        Tolerance = Tolerance,
    };

    /// <summary>One convolution: its shapes and how it enumerates its terms.</summary>
    private sealed record Geometry(Shape Input, int OutChannels, int KernelHeight, int KernelWidth, Conv2dSpec Spec)
    {
        public bool Bias { get; init; }

        public bool Relu { get; init; }

        public bool Sigmoid { get; init; }

        public Activation Activation => Sigmoid ? Activation.Sigmoid : Relu ? Activation.Relu : Activation.None;

        public Shape Weights => new(OutChannels, Input.C, KernelHeight, KernelWidth);

        public Shape Output => Spec.Output(Input, Weights);

        public Shape[] WithBias(Shape first, Shape second, int channels) =>
            Bias ? [first, second, new Shape(1, channels, 1, 1)] : [first, second];

        /// <summary>Calls back with the indices (x, w, y) of every product in the convolution's definition.</summary>
        public void Visit(Action<int, int, int> product)
        {
            Shape y = Output;
            for (int n = 0; n < y.N; n++)
            {
                for (int o = 0; o < y.C; o++)
                {
                    for (int i = 0; i < y.H; i++)
                    {
                        for (int j = 0; j < y.W; j++)
                        {
                            int output = ((n * y.C + o) * y.H + i) * y.W + j;
                            VisitTaps(n, o, i, j, (x, w) => product(x, w, output));
                        }
                    }
                }
            }
        }

        /// <summary>Adds the bias and applies the activation.</summary>
        public void Finish(double[] values, Shape shape, double[]? bias)
        {
            for (int i = 0; i < values.Length; i++)
            {
                double value = values[i] + (bias is null ? 0 : bias[i / shape.PlaneSize % shape.C]);
                values[i] = Activation switch
                {
                    Activation.Relu => Math.Max(value, 0),
                    Activation.Sigmoid => 1 / (1 + Math.Exp(-value)),
                    _ => value,
                };
            }
        }

        public override string ToString()
        {
            string sides = $"{Spec.Top},{Spec.Left},{Spec.Bottom},{Spec.Right}";
            string activation = Activation == Activation.None ? string.Empty : $" {Activation}".ToLowerInvariant();
            string rest = $"{(Bias ? " bias" : string.Empty)}{activation}";
            return $"{Input}→{OutChannels} {KernelHeight}x{KernelWidth} stride {Spec.Stride} " +
                $"{Spec.Boundary} {sides}{rest}";
        }

        private void VisitTaps(int n, int o, int i, int j, Action<int, int> tap)
        {
            for (int c = 0; c < Input.C; c++)
            {
                for (int k = 0; k < KernelHeight; k++)
                {
                    for (int l = 0; l < KernelWidth; l++)
                    {
                        int row = i * Spec.Stride + k - Spec.Top;
                        int column = j * Spec.Stride + l - Spec.Left;
                        if (Spec.Boundary == Boundary.Periodic)
                        {
                            row = Modulo(row, Input.H);
                            column = Modulo(column, Input.W);
                        }

                        if (row >= 0 && row < Input.H && column >= 0 && column < Input.W)
                        {
                            int x = ((n * Input.C + c) * Input.H + row) * Input.W + column;
                            tap(x, ((o * Input.C + c) * KernelHeight + k) * KernelWidth + l);
                        }
                    }
                }
            }
        }

        private static int Modulo(int value, int modulus) => (value % modulus + modulus) % modulus;
    }
}
