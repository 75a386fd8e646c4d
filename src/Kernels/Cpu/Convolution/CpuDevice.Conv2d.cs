using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// Convolution. Layers with many channels and kernels of 3 to 5 taps per side use minimal filtering
/// (CpuDevice.Winograd.cs), whose relative error is 3e-6; that of direct convolution is 5e-7. Direct
/// convolution pads the input into scratch (a chunk of images at a time, so that it stays in the cache), packs the
/// weights and runs the micro-kernel of the planar stack: y[o, p] = act(bias[o] + Σ_t w[o, t] · x̄[p + offset[t]]) over
/// the taps t = (c, k, l). 2·Cin·Kh·Kw operations per output; bound by multiply-adds unless the layer has very few
/// channels.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    /// <summary>Floats of packed images held at once: a quarter of the last-level cache.</summary>
    private const long ChunkLength = CacheSizes.LastLevel / 4 / sizeof(float);

    /// <summary>The largest number of floats that one thread copies faster than several threads.</summary>
    private const int SmallLength = 4096;

    protected override void Conv2dCore(
        Tensor x, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor y)
    {
        var input = new Planes(Pointer(x), x.Shape);
        var kernels = new Planes(Pointer(weights), weights.Shape);
        var output = new Planes(Pointer(y), y.Shape);
        if (PrefersWinograd(x.Shape, y.Shape, weights.Shape, spec))
        {
            var call = new TransformedConvolution
            {
                Source = input,
                Target = output,
                Weights = kernels.Data,
                Taps = weights.Shape.H,
                Top = spec.Top,
                Left = spec.Left,
                Wraps = spec.Boundary == Boundary.Periodic,
            };
            ConvolveTransformed(call, PointerOrNull(bias), activation == Activation.Relu);
        }
        else
        {
            Convolve(input, kernels, PointerOrNull(bias), spec, activation, output);
        }

        if (activation == Activation.Sigmoid)
        {
            SigmoidCore(y, y);
        }
    }

    private void Convolve(
        Planes x, Planes weights, float* bias, Conv2dSpec spec, Activation activation, Planes y)
    {
        Shape kernel = weights.Shape;
        PaddedPlanes layout = PaddedPlanes.ForConvolution(x.Shape, kernel, y.Shape, spec);
        var taps = new TapSet
        {
            Channels = kernel.C,
            ChannelPitch = kernel.PlaneSize,
            Rows = kernel.H,
            Columns = kernel.W,
            Step = 1,
            KernelWidth = kernel.W,
        };
        RowBlocks blocks = RowBlocks.Of<S, V>(kernel.N);
        long imagePitch = kernel.C * layout.PlanePitch;
        int chunk = ImagesPerChunk(x.Shape.N, imagePitch);

        var regions = default(ScratchLayout);
        long paddedAt = regions.Reserve(chunk * imagePitch + S.Width);
        long weightsAt = regions.Reserve((long)blocks.PackedRows * taps.Depth);
        long biasAt = regions.Reserve(blocks.PackedRows);
        long offsetsAt = regions.ReserveOffsets(taps.Depth);
        float* scratch = Scratch(regions.Length);
        ClearSlack(scratch + paddedAt + chunk * imagePitch);

        var offsets = (nint*)(scratch + offsetsAt);
        FillTapOffsets(layout, kernel, offsets);
        var pack = new PackWeightsJob<S, V>
        {
            Taps = taps,
            Blocks = blocks,
            Source = weights.Data,
            RowPitch = taps.Depth,
            Target = scratch + weightsAt,
            Bias = bias,
            PackedBias = scratch + biasAt,
        };
        _pool.Run(pack, blocks.Count, small: weights.Shape.Count <= SmallLength);

        for (int first = 0; first < x.Shape.N; first += chunk)
        {
            int images = Math.Min(chunk, x.Shape.N - first);
            var pad = new PadJob
            {
                Layout = layout,
                Source = x.Image(first),
                Target = scratch + paddedAt,
            };
            _pool.Run(pad, images * x.Shape.C);
            var job = new ConvolutionJob<S, V>
            {
                Input = scratch + paddedAt,
                InputImagePitch = imagePitch,
                InputRowPitch = layout.Width,
                Offsets = offsets,
                Depth = taps.Depth,
                Weights = scratch + weightsAt,
                Bias = scratch + biasAt,
                Blocks = blocks,
                Relu = activation == Activation.Relu,
                Output = y.Image(first),
                OutputImagePitch = y.ImagePitch,
                OutputChannelPitch = y.Shape.PlaneSize,
                OutputRowPitch = y.Shape.W,
                OutputColumnStep = 1,
                Height = y.Shape.H,
                Width = y.Shape.W,
                Images = images,
            };
            _pool.Run(job, job.Plan());
        }
    }

    /// <summary>The memory and the shape of a tensor as a value, so that views cost no allocation.</summary>
    private readonly struct Planes(float* data, Shape shape)
    {
        public float* Data => data;

        public Shape Shape => shape;

        public long ImagePitch => (long)shape.C * shape.PlaneSize;

        public float* Image(int index) => data + index * ImagePitch;
    }

    private static void FillTapOffsets(in PaddedPlanes layout, Shape kernel, nint* offsets)
    {
        for (int c = 0; c < kernel.C; c++)
        {
            for (int k = 0; k < kernel.H; k++)
            {
                for (int l = 0; l < kernel.W; l++)
                {
                    *offsets++ = (nint)(c * layout.PlanePitch + layout.TapOffset(k, l)) * sizeof(float);
                }
            }
        }
    }

    private static int ImagesPerChunk(int images, long imageLength) =>
        (int)Math.Clamp(ChunkLength / imageLength, 1, images);

    /// <summary>
    /// Clears the floats that the last vector of the last padded row reads past its end. Their lanes are discarded, but
    /// subnormal values in them would slow down the arithmetic.
    /// </summary>
    private static void ClearSlack(float* end) => new Span<float>(end, S.Width).Clear();
}
