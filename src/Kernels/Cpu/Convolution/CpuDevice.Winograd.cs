using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The convolution ops by minimal filtering: tensors are converted to the blocked layout, transformed, multiplied and
/// converted back, a few images at a time so that they stay in a cache. Four times as fast as the planar stack on the
/// layers of the networks; where the estimate of <see cref="ConvolutionMethods"/> says otherwise, the planar stack is
/// used.
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    /// <summary>Bytes of transformed tiles that a gradient holds at once.</summary>
    private const long TransformedBytes = CacheSizes.LastLevel / 8 * 3;

    /// <summary>A stride-1 convolution, or its gradient with respect to the input.</summary>
    private readonly struct TransformedConvolution
    {
        public Planes Source { get; init; }

        public Planes Target { get; init; }

        public float* Weights { get; init; }

        public int Taps { get; init; }

        /// <summary>Whether the weights are (input, output, …) and rotated by 180°.</summary>
        public bool Adjoint { get; init; }

        public int Top { get; init; }

        public int Left { get; init; }

        public bool Wraps { get; init; }
    }

    /// <summary>Whether minimal filtering supports the convolution and is expected to be faster.</summary>
    private static bool PrefersWinograd(Shape source, Shape target, Shape kernel, Conv2dSpec spec) =>
        spec.Stride == 1
        && WinogradWeights.Covers(kernel.H, kernel.W)
        && Math.Min(source.C, target.C) > ConvolutionMethods.FewChannels
        && ConvolutionMethods.PrefersWinograd(source, target, kernel.H, S.Width, BlockKernel<S, V>.MaxRows);

    /// <summary>One image in the blocked layout, without a border.</summary>
    private static BlockedPlanes Blocked(Shape shape)
    {
        var planes = new BlockedPlanes
        {
            Images = 1,
            Blocks = (shape.C + S.Width - 1) / S.Width,
            Height = shape.H,
            Width = shape.W,
            Lanes = S.Width,
        };
        planes.ImagePitch = planes.Blocks * planes.BlockPitch;
        return planes;
    }

    /// <summary>One image with the border that the tiles of a convolution with the given target read.</summary>
    private static BlockedPlanes BlockedSource(Shape source, Shape target, int taps, int top, int left)
    {
        BlockedPlanes planes = Blocked(source);
        planes.Top = top;
        planes.Left = left;
        planes.Bottom = Math.Max(0, WinogradWeights.Reach(target.H, taps, top) - source.H);
        planes.Right = Math.Max(0, WinogradWeights.Reach(target.W, taps, left) - source.W);
        planes.ImagePitch = planes.Blocks * planes.BlockPitch;
        return planes;
    }

    private void ConvolveTransformed(in TransformedConvolution call, float* bias, bool relu)
    {
        Shape source = call.Source.Shape;
        Shape target = call.Target.Shape;
        BlockedPlanes one = BlockedSource(source, target, call.Taps, call.Top, call.Left);
        BlockedPlanes oneTarget = Blocked(target);
        int chunk = ImagesPerChunk(source.N, one.ImagePitch + oneTarget.ImagePitch);
        BlockedPlanes input = one with { Images = chunk };
        BlockedPlanes output = oneTarget with { Images = chunk };
        var groups = new VectorGroups(output.Blocks);
        var job = new WinogradConvolutionJob<S, V>
        {
            Input = input,
            Output = output,
            TileSize = WinogradWeights.Outputs(call.Taps),
            KernelTop = call.Top,
            KernelLeft = call.Left,
            Depth = source.C,
            Groups = groups,
            Relu = relu,
        };
        job.Plan(_pool.Count);

        var regions = default(ScratchLayout);
        long inputAt = regions.Reserve(input.Length + S.Width);
        long outputAt = regions.Reserve(output.Length);
        long weightsAt = regions.Reserve(
            (long)WinogradWeights.TilePoints * source.C * output.Blocks * S.Width);
        long biasAt = regions.Reserve(output.Blocks * S.Width);
        long channelsAt = regions.Reserve(input.Blocks);
        long workersAt = regions.Reserve(_pool.Count * job.ScratchPerWorker);
        float* scratch = Scratch(regions.Length);
        job.Input.Origin = scratch + inputAt + input.OriginOffset;
        job.Output.Origin = scratch + outputAt + output.OriginOffset;
        job.Weights = scratch + weightsAt;
        job.Bias = scratch + biasAt;
        job.BlockChannels = (int*)(scratch + channelsAt);
        job.Scratch = scratch + workersAt;
        FillBias(bias, target.C, job.Bias, output.Blocks * S.Width);
        for (int block = 0; block < input.Blocks; block++)
        {
            job.BlockChannels[block] = Math.Min(S.Width, source.C - block * S.Width);
        }

        int filter = call.Taps * call.Taps;
        var transform = new WinogradWeightsJob<S, V>
        {
            Source = call.Weights,
            OutputChannels = target.C,
            InputChannels = source.C,
            OutputPitch = call.Adjoint ? filter : (long)source.C * filter,
            InputPitch = call.Adjoint ? (long)target.C * filter : filter,
            Taps = call.Taps,
            Rotated = call.Adjoint,
            Groups = groups,
            Target = job.Weights,
        };
        transform.Run(_pool);
        for (int first = 0; first < source.N; first += chunk)
        {
            int images = Math.Min(chunk, source.N - first);
            int pieces = job.Continue(images, _pool.Count);
            PackBlocked(call.Source.Image(first), source.C, job.Input, call.Wraps);
            _pool.Run(job, pieces);
            var unpack = new PackChannelsJob<S, V>
            {
                Planes = call.Target.Image(first),
                Channels = target.C,
                Factor = 1,
                Blocks = job.Output,
                Inverse = true,
            };
            _pool.Run(unpack, unpack.Count);
        }
    }

    private void PackBlocked(float* planes, int channels, in BlockedPlanes blocks, bool wraps)
    {
        var pack = new PackChannelsJob<S, V> { Planes = planes, Channels = channels, Factor = 1, Blocks = blocks };
        _pool.Run(pack, pack.Count);
        var border = new BorderJob { Planes = blocks, Wraps = wraps };
        _pool.Run(border, border.Count);
    }

    private static void FillBias(float* bias, int channels, float* packed, int length)
    {
        new Span<float>(packed, length).Clear();
        if (bias != null)
        {
            new ReadOnlySpan<float>(bias, channels).CopyTo(new Span<float>(packed, channels));
        }
    }

    private void BackwardWeightsTransformed(Planes x, Planes gy, Conv2dSpec spec, Shape kernel, float* gw)
    {
        BlockedPlanes one = BlockedSource(x.Shape, gy.Shape, kernel.H, spec.Top, spec.Left);
        BlockedPlanes oneGradient = BlockedGradient(gy.Shape, kernel.H);
        int chunk = ImagesPerChunk(x.Shape.N, one.ImagePitch + oneGradient.ImagePitch);
        var work = new WinogradGradient
        {
            Input = one with { Images = chunk },
            Gradient = oneGradient with { Images = chunk },
            TileSize = WinogradWeights.Outputs(kernel.H),
            KernelTop = spec.Top,
            KernelLeft = spec.Left,
            Groups = new VectorGroups(oneGradient.Blocks),
        };
        const int Points = WinogradWeights.TilePoints;
        int tileBytes = Points * (one.Blocks + oneGradient.Blocks) * S.Width * sizeof(float);
        work.Capacity = (int)Math.Clamp(TransformedBytes / tileBytes, 1, chunk * (long)work.TilesPerImage);

        var regions = default(ScratchLayout);
        long inputAt = regions.Reserve(work.Input.Length + S.Width);
        long gradientAt = regions.Reserve(work.Gradient.Length);
        long transformedAt = regions.Reserve(Points * work.TransformedPitch);
        long spreadAt = regions.Reserve(Points * work.SpreadPitch);
        long productsAt = regions.Reserve(Points * work.ProductsPitch);
        float* scratch = Scratch(regions.Length);
        work.Input.Origin = scratch + inputAt + one.OriginOffset;
        work.Gradient.Origin = scratch + gradientAt;
        work.Transformed = scratch + transformedAt;
        work.Spread = scratch + spreadAt;
        work.Products = scratch + productsAt;
        bool started = false;
        for (int first = 0; first < x.Shape.N; first += chunk)
        {
            work.Input.Images = Math.Min(chunk, x.Shape.N - first);
            work.Gradient.Images = work.Input.Images;
            PackBlocked(x.Image(first), x.Shape.C, work.Input, spec.Boundary == Boundary.Periodic);
            PackBlocked(gy.Image(first), gy.Shape.C, work.Gradient, wraps: false);
            int tiles = work.Input.Images * work.TilesPerImage;
            for (work.FirstTile = 0; work.FirstTile < tiles; work.FirstTile += work.Capacity)
            {
                work.TileCount = Math.Min(work.Capacity, tiles - work.FirstTile);
                var transform = new WinogradGradientTransformJob<S, V> { Work = work };
                _pool.Run(transform, transform.Count);
                var product = new WinogradGradientProductJob<S, V> { Work = work, Accumulate = started };
                _pool.Run(product, product.Count);
                started = true;
            }
        }

        var weights = new WinogradGradientWeightsJob<S, V>
        {
            Work = work,
            InputChannels = x.Shape.C,
            OutputChannels = gy.Shape.C,
            Taps = kernel.H,
            Target = gw,
        };
        weights.Run(_pool);
    }

    /// <summary>One image of output gradients, padded with zeros to whole tiles.</summary>
    private static BlockedPlanes BlockedGradient(Shape gy, int taps)
    {
        int tile = WinogradWeights.Outputs(taps);
        BlockedPlanes planes = Blocked(gy);
        planes.Bottom = (tile - gy.H % tile) % tile;
        planes.Right = (tile - gy.W % tile) % tile;
        planes.ImagePitch = planes.Blocks * planes.BlockPitch;
        return planes;
    }
}
