using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Tests.Shared;

namespace InfAdmm.Kernels.Cpu.Tests;

/// <summary>
/// Networks planned in the blocked layout, compared with the same networks run op by op, whose ops the conformance
/// suite checks.
/// </summary>
public sealed class InferencePlanTests
{
    /// <summary>Six layers by minimal filtering at 3e-6 each on either side, relative to the norm.</summary>
    private const double Tolerance = 2e-5;

    private static readonly Dictionary<string, Func<NetworkNode>> Builders = new()
    {
        ["conditional denoiser"] = () => Denoiser(new Shape(1, 3, 64, 48)),
        ["conditional denoiser, batch"] = () => Denoiser(new Shape(3, 3, 20, 28)),
        ["inverse, zero border"] = () => Inverse(new Shape(1, 3, 17, 23), Boundary.Zero),
        ["inverse, periodic"] = () => Inverse(new Shape(2, 1, 19, 16), Boundary.Periodic),
        ["inverse, periodic and smaller than a tile"] = () => Inverse(new Shape(1, 3, 5, 4), Boundary.Periodic),
        ["digits"] = () => Digits(3),
        ["3x3 to 7 channels"] = () => Layers(new Shape(1, 9, 13, 11), [(33, 3), (7, 3)]),
        ["5x5 of many channels"] = () => Layers(new Shape(2, 20, 14, 9), [(40, 5), (33, 5)]),
        ["1x1 and 2x2"] = () => Layers(new Shape(1, 33, 7, 9), [(17, 1), (50, 2)]),
        ["one value, two readers"] = TwoReaders,
        ["a join of a join"] = NestedJoin,
        ["a wrapped reader of a part of a join"] = WrappedJoin,
        ["valid and periodic readers"] = ValidAndPeriodic,
        ["5x3 and 3x1"] = () => Oblong(new Shape(1, 2, 11, 12), stride: 1),
        ["unfolded with steps of three"] = () => Oblong(new Shape(2, 3, 17, 40), stride: 3),
        ["shuffles by three"] = ShuffledByThree,
        ["a skip connection"] = Skipped,
    };

    public static TheoryData<SimdWidth, string> Networks
    {
        get
        {
            var data = new TheoryData<SimdWidth, string>();
            foreach (SimdWidth width in Enum.GetValues<SimdWidth>())
            {
                foreach (string name in Builders.Keys)
                {
                    data.Add(width, name);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_plan_computes_what_the_ops_do(SimdWidth width, string name)
    {
        Assert.SkipUnless(width <= CpuDevice.WidestWidth, $"no {(int)width}-bit vectors here");
        using CpuDevice device = CpuDevice.Create(threads: 2, width);
        NetworkNode network = Builders[name]();
        using (InferencePlan plan = device.Compile(network))
        using (var reference = new OpByOpPlan(device, network))
        {
            Assert.IsNotType<OpByOpPlan>(plan);
            double[] expected = Evaluate(device, reference);
            double error = RelativeError(Evaluate(device, plan), expected);
            Assert.True(error <= Tolerance, $"relative error {error:E2}");
            Assert.Equal(Evaluate(device, plan), Evaluate(device, plan));
        }

        Assert.Equal(0, device.LiveBuffers);
    }

    [Fact]
    public void A_batch_too_large_for_the_cache_runs_in_parts()
    {
        var shape = new Shape(6, 20, 96, 96);
        using CpuDevice device = CpuDevice.Create(threads: 2);
        NetworkNode network = Layers(shape, [(64, 3), (64, 3)]);
        using InferencePlan plan = device.Compile(network);
        using var reference = new OpByOpPlan(device, network);
        Assert.True(RelativeError(Evaluate(device, plan), Evaluate(device, reference)) <= Tolerance);
    }

    /// <summary>
    /// Catches a skip connection that adds what the network has overwritten, or a check that forbids it.
    /// </summary>
    [Fact]
    public void A_skip_connection_may_overwrite_the_input_that_it_adds()
    {
        using CpuDevice device = CpuDevice.Create(threads: 1);
        using InferencePlan plan = device.Compile(Skipped());
        using InferencePlan plain = device.Compile(Layers(plan.OutputShape, [(16, 3), (3, 3)]));
        using var scope = new TensorScope(device);
        Tensor x = Noise(scope, plan.OutputShape);
        Tensor other = Noise(scope, plain.OutputShape);
        Tensor expected = scope.Allocate(plan.OutputShape);
        plan.Run(x, expected);
        plan.Run(x, x);

        Assert.Equal(expected.ToArray(), x.ToArray());
        Assert.True(plan.MayOverwrite(0));
        Assert.False(plain.MayOverwrite(0));
        Assert.Throws<ArgumentException>(() => plain.Run(other, other));
    }

    [Fact]
    public void Results_do_not_depend_on_the_thread_count()
    {
        double[]? expected = null;
        foreach (int threads in new[] { 1, 2, 3, 8 })
        {
            using CpuDevice device = CpuDevice.Create(threads);
            double[] actual = [.. Builders.Values.SelectMany(build => EvaluateOnce(device, build()))];
            expected ??= actual;
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [InlineData(10, 48, 512, 3, 24)]
    [InlineData(5, 33, 17, 4, 97)]
    public void A_batch_whose_parts_differ_in_size_stays_in_bounds(
        int images, int inputs, int outputs, int taps, int side)
    {
        // The last part of the batch is smaller than the others, and with many threads its pieces may be larger.
        foreach (int threads in new[] { 1, 2, 16 })
        {
            using CpuDevice device = CpuDevice.Create(threads);
            using var scope = new TensorScope(device);
            var shape = new Shape(images, inputs, side, side);
            Conv2dSpec spec = Conv2dSpec.Same(shape, taps, taps);
            Tensor x = Noise(scope, shape);
            Tensor weights = Noise(scope, new Shape(outputs, inputs, taps, taps));
            Tensor y = scope.Allocate(spec.Output(shape, weights.Shape));
            device.Conv2d(x, weights, null, spec, Activation.None, y);

            // The same images one by one.
            Tensor single = scope.Allocate(y.Shape with { N = 1 });
            Tensor last = x.Slice((images - 1) * (shape.Count / images), shape with { N = 1 });
            device.Conv2d(last, weights, null, spec, Activation.None, single);
            float[] all = y.ToArray();
            Assert.Equal(single.ToArray(), all[^(int)single.Shape.Count..]);
        }
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using CpuDevice device = CpuDevice.Create(threads: 2);
        foreach (Func<NetworkNode> network in Builders.Values)
        {
            using InferencePlan plan = device.Compile(network());
            using var scope = new TensorScope(device);
            Tensor[] inputs = [.. plan.InputShapes.Select(shape => Noise(scope, shape))];
            Tensor output = scope.Allocate(plan.OutputShape);
            Allocations.AssertNone(() => plan.Run(inputs, output));
        }
    }

    [Fact]
    public void What_the_blocked_layout_does_not_cover_runs_op_by_op()
    {
        using CpuDevice device = CpuDevice.Create(threads: 1);
        NetworkNode x = NetworkNode.Input(new Shape(1, 8, 9, 9));
        NetworkNode[] networks =
        [
            Convolution(x, 8, 3).PixelShuffle(2).Conv2d(Weights(8, 2, 3), Conv2dSpec.Valid()),
            Convolution(x, 8, 3, activation: Activation.Sigmoid),
            Transposed(x, 8, 3, stride: 2, boundary: Boundary.Periodic),
            Convolution(Convolution(x, 16, 3), 16, 3)
                .Concat(Convolution(Convolution(x, 16, 3), 16, 3, Boundary.Periodic)),
            MixedBorders(x),
            JoinedTwice(x),
            Convolution(x.Concat(x), 8, 3),
        ];
        foreach (NetworkNode network in networks)
        {
            using InferencePlan plan = device.Compile(network);
            Assert.IsType<OpByOpPlan>(plan);
            Assert.StartsWith("op by op: ", plan.Description, StringComparison.Ordinal);
            Assert.All(Evaluate(device, plan), value => Assert.True(double.IsFinite(value)));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Minimal_filtering_errs_little(int taps)
    {
        // Whole tiles and leftovers of one layer of 64 channels with normal data, compared with double precision.
        var shape = new Shape(1, 64, 24, 21);
        NetworkNode network = Layers(shape, [(32, taps)]);
        using CpuDevice device = CpuDevice.Create(threads: 2);
        using InferencePlan plan = device.Compile(network);
        double error = RelativeError(Evaluate(device, plan), Exact(device, (ConvolutionNode)network));
        Assert.InRange(error, 0, 5e-6);
    }

    [Fact]
    public void Wrong_operands_are_refused()
    {
        using CpuDevice device = CpuDevice.Create(threads: 1);
        InferencePlan plan = device.Compile(Inverse(new Shape(1, 1, 8, 8), Boundary.Zero));
        using Tensor x = device.Allocate(new Shape(1, 1, 8, 8));
        using Tensor wide = device.Allocate(new Shape(1, 1, 8, 9));
        Assert.Throws<ShapeException>(() => plan.Run(wide, x));
        Assert.Throws<ShapeException>(() => plan.Run(x, wide));
        Assert.Throws<ShapeException>(() => plan.Run([x, x], x));
        Assert.Throws<ArgumentException>(() => plan.Run(x, x));
        Assert.Throws<ShapeException>(() => Transposed(NetworkNode.Input(x.Shape), 4, 3, 1).PixelShuffle(3));
        plan.Dispose();
        Assert.Throws<ObjectDisposedException>(() => plan.Run(x, x));
    }

    private static PixelShuffleNode Denoiser(Shape image)
    {
        NetworkNode condition = NetworkNode.Input(image with { H = image.H / 4, W = image.W / 4 }, index: 1);
        NetworkNode x = NetworkNode.Input(image).PixelUnshuffle(4);
        x = Convolution(Convolution(Convolution(x, 128, 4), 64, 4), 32, 4).Concat(condition);
        return Convolution(Convolution(Convolution(x, 64, 4), 128, 4), 48, 4).PixelShuffle(4);
    }

    private static ConvolutionNode Inverse(Shape grid, Boundary boundary)
    {
        NetworkNode x = Transposed(NetworkNode.Input(grid), 32, 4, 1, boundary: boundary);
        x = Convolution(Transposed(x, 64, 4, 1, boundary: boundary), 32, 4, boundary);
        return Convolution(x, grid.C, 4, boundary, Activation.None);
    }

    private static ConvolutionNode Digits(int images)
    {
        NetworkNode x = NetworkNode.Input(new Shape(images, 1, 28, 28));
        x = Convolution(Convolution(x, 32, 5, stride: 2), 64, 5, stride: 2);
        x = x.Conv2d(Weights(128, 64, 5), Conv2dSpec.Valid(2), Activation.Relu);
        x = x.Conv2d(Weights(64, 128, 2), Conv2dSpec.Valid());
        x = Transposed(Transposed(x, 128, 3, 1, valid: true), 64, 5, 1, valid: true);
        x = Transposed(x, 32, 5, 2);
        return Transposed(x, 1, 5, 2, activation: Activation.Sigmoid);
    }

    private static NetworkNode Layers(Shape input, (int Channels, int Size)[] layers) => layers.Aggregate(
        (NetworkNode)NetworkNode.Input(input), (x, layer) => Convolution(x, layer.Channels, layer.Size));

    private static ConvolutionNode TwoReaders()
    {
        // The readers need different padding of the same value, and one of them has stride 2.
        NetworkNode x = Convolution(NetworkNode.Input(new Shape(1, 12, 16, 18)), 24, 3);
        NetworkNode wide = Convolution(x, 20, 5);
        return Convolution(Convolution(wide.Concat(Convolution(x, 10, 1)), 17, 3, stride: 2), 16, 1);
    }

    private static ConvolutionNode WrappedJoin()
    {
        ConvolutionNode a = Convolution(NetworkNode.Input(new Shape(2, 6, 12, 10)), 20, 3, Boundary.Periodic);
        ConvolutionNode b = Convolution(a, 18, 3, Boundary.Periodic);
        return Convolution(a.Concat(b), 24, 3, Boundary.Periodic);
    }

    private static ConvolutionNode ValidAndPeriodic()
    {
        // The tiles of the first reader extend beyond the border, but none of its outputs does.
        ConvolutionNode a = Convolution(NetworkNode.Input(new Shape(1, 6, 15, 15)), 20, 3, Boundary.Periodic);
        ConvolutionNode inner = a.Conv2d(Weights(20, 20, 4), Conv2dSpec.Valid());
        ConvolutionNode around =
            Convolution(a, 20, 4, Boundary.Periodic).Conv2d(Weights(20, 20, 4), Conv2dSpec.Valid());
        return Convolution(inner.Concat(around), 8, 1);
    }

    private static ConvolutionNode Oblong(Shape input, int stride)
    {
        NetworkNode x = NetworkNode.Input(input);
        ConvolutionWeights tall = Oblong(18, input.C, 5, 3);
        x = x.Conv2d(tall, Conv2dSpec.Same(x.Shape, 5, 3, stride), Activation.Relu);
        return x.Conv2d(Oblong(20, 18, 3, 1), Conv2dSpec.Same(x.Shape, 3, 1));
    }

    private static ConvolutionWeights Oblong(int outputs, int inputs, int height, int width)
    {
        ConvolutionWeights square = Weights(outputs, inputs, Math.Max(height, width));
        var shape = new Shape(outputs, inputs, height, width);
        return new ConvolutionWeights(shape, [.. square.Values.Take((int)shape.Count)], [.. square.Bias!]);
    }

    private static PixelShuffleNode ShuffledByThree()
    {
        NetworkNode x = NetworkNode.Input(new Shape(2, 2, 12, 21)).PixelUnshuffle(3);
        return Convolution(Convolution(x, 20, 3), 27, 3).PixelShuffle(3);
    }

    private static AdditionNode Skipped()
    {
        NetworkNode x = NetworkNode.Input(new Shape(2, 3, 12, 20));
        return Convolution(Convolution(x.PixelUnshuffle(2), 24, 3), 12, 3).PixelShuffle(2).Add(x);
    }

    private static ConvolutionNode MixedBorders(NetworkNode x)
    {
        ConvolutionNode a = Convolution(x, 16, 3);
        return Convolution(Convolution(a, 16, 3).Concat(Convolution(a, 16, 3, Boundary.Periodic)), 8, 1);
    }

    private static ConvolutionNode JoinedTwice(NetworkNode x)
    {
        ConvolutionNode a = Convolution(x, 16, 3);
        ConvolutionNode b = Convolution(a.Concat(Convolution(x, 5, 1)), 16, 3);
        return Convolution(a.Concat(b), 8, 3);
    }

    private static ConvolutionNode NestedJoin()
    {
        NetworkNode x = NetworkNode.Input(new Shape(1, 6, 9, 10));
        NetworkNode a = Convolution(x, 17, 3);
        NetworkNode b = Convolution(x, 5, 2);
        return Convolution(a.Concat(b).Concat(NetworkNode.Input(x.Shape, index: 1)), 20, 4);
    }

    private static ConvolutionNode Convolution(
        NetworkNode x, int channels, int size, Boundary boundary = Boundary.Zero,
        Activation activation = Activation.Relu, int stride = 1) =>
        x.Conv2d(
            Weights(channels, x.Shape.C, size), Conv2dSpec.Same(x.Shape, size, size, stride, boundary), activation);

    private static ConvolutionNode Transposed(
        NetworkNode x, int channels, int size, int stride, bool valid = false, Boundary boundary = Boundary.Zero,
        Activation activation = Activation.Relu)
    {
        Shape output = valid
            ? new Shape(x.Shape.N, channels, (x.Shape.H - 1) * stride + size, (x.Shape.W - 1) * stride + size)
            : x.Shape.Upsampled(stride) with { C = channels };
        Conv2dSpec spec = valid ? Conv2dSpec.Valid(stride) : Conv2dSpec.Same(output, size, size, stride, boundary);
        ConvolutionWeights weights = Weights(x.Shape.C, channels, size, biases: channels);
        return x.ConvTranspose2d(weights, spec, output, activation);
    }

    private static ConvolutionWeights Weights(int first, int second, int size, int? biases = null)
    {
        var random = new Random(first * 1000 + second * 10 + size);
        var shape = new Shape(first, second, size, size);
        double scale = Math.Sqrt(6.0 / (Math.Min(first, second) * size * size));
        float[] values =
        [
            .. Enumerable.Range(0, (int)shape.Count).Select(_ => (float)(scale * (random.NextDouble() * 2 - 1))),
        ];
        return new ConvolutionWeights(
            shape, values, [.. Enumerable.Range(0, biases ?? first).Select(_ => random.NextSingle())]);
    }

    private static double[] Evaluate(CpuDevice device, InferencePlan plan)
    {
        using var scope = new TensorScope(device);
        Tensor[] inputs = [.. plan.InputShapes.Select(shape => Noise(scope, shape))];
        Tensor output = scope.Allocate(plan.OutputShape);
        device.Fill(float.NaN, output);
        plan.Run(inputs, output);
        return Array.ConvertAll(output.ToArray(), value => (double)value);
    }

    private static double[] EvaluateOnce(CpuDevice device, NetworkNode network)
    {
        using InferencePlan plan = device.Compile(network);
        return Evaluate(device, plan);
    }

    private static Tensor Noise(TensorScope scope, Shape shape)
    {
        Tensor tensor = scope.Allocate(shape);
        scope.Device.FillNormal(7, (ulong)shape.Count, tensor);
        return tensor;
    }

    private static double[] Exact(CpuDevice device, ConvolutionNode node)
    {
        using var scope = new TensorScope(device);
        Shape x = node.Source.Shape;
        Shape y = node.Shape;
        Shape w = node.Weights.Shape;
        float[] input = Noise(scope, x).ToArray();
        var result = new double[y.Count];
        Parallel.For(0, y.C, o =>
        {
            for (int p = 0; p < y.PlaneSize; p++)
            {
                double sum = node.Weights.Bias![o];
                for (int tap = 0; tap < w.C * w.PlaneSize; tap++)
                {
                    int row = p / y.W + tap / w.W % w.H - node.Spec.Top;
                    int column = p % y.W + tap % w.W - node.Spec.Left;
                    if (row >= 0 && row < x.H && column >= 0 && column < x.W)
                    {
                        int at = (tap / w.PlaneSize * x.H + row) * x.W + column;
                        sum += (double)input[at] * node.Weights.Values[o * w.C * w.PlaneSize + tap];
                    }
                }

                result[o * y.PlaneSize + p] = Math.Max(sum, 0);
            }
        });
        return result;
    }

    private static double RelativeError(double[] actual, double[] expected)
    {
        double difference = actual.Zip(expected, (a, b) => (a - b) * (a - b)).Sum();
        return Math.Sqrt(difference / expected.Sum(value => value * value));
    }
}
