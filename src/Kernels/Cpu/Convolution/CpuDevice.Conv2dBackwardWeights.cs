using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The gradient of a convolution with respect to its weights. Stride 1 with many channels mostly uses minimal filtering
/// (CpuDevice.Winograd.cs). Otherwise gw[o, t] = Σ_p gy[o, p]·x̄[t, p] by the micro-kernel of the planar stack:
/// its depth runs over the pixels p, its rows are output channels and its lanes are the input channels of padded x with
/// channels innermost, so that the offset from an output pixel to its input pixel is the same for all pixels of a tap.
/// <para>
/// With few input channels most lanes would be unused; the lanes are then all taps (c, k, l) of a pixel, unfolded.
/// Threads divide the weights and not the pixels, and pixels are summed in short runs, so that the result depends only
/// on the operands and has the error of a few roundings. Bound by multiply-adds.
/// </para>
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void Conv2dBackwardWeightsCore(Tensor x, Tensor gy, Conv2dSpec spec, Tensor gw)
    {
        var gradient = new Planes(Pointer(gy), gy.Shape);
        var input = new Planes(Pointer(x), x.Shape);
        if (PrefersWinograd(x.Shape, gy.Shape, gw.Shape, spec))
        {
            BackwardWeightsTransformed(input, gradient, spec, gw.Shape, Pointer(gw));
            return;
        }

        PixelMajorLayout layout = PixelMajorLayout.Choose(x.Shape, gw.Shape, gy.Shape, spec, S.Width);
        RowBlocks blocks = RowBlocks.Of<S, V>(gy.Shape.C);
        int pixels = gy.Shape.PlaneSize;
        long gradientPitch = (long)blocks.PackedRows * pixels;
        int chunk = ImagesPerChunk(x.Shape.N, layout.ImagePitch + gradientPitch);

        var regions = default(ScratchLayout);
        long inputAt = regions.Reserve(chunk * layout.ImagePitch);
        long gradientAt = regions.Reserve(chunk * gradientPitch);
        long sumsAt = regions.Reserve(blocks.PackedRows * (long)layout.Lanes);
        long linesAt = regions.Reserve(_pool.Count * S.Width * layout.LinePitch);
        long biasAt = regions.Reserve(blocks.MaxRows);
        long offsetsAt = regions.ReserveOffsets(pixels);
        float* scratch = Scratch(regions.Length);
        new Span<float>(scratch + biasAt, blocks.MaxRows).Clear();
        layout.FillPixelOffsets((nint*)(scratch + offsetsAt));
        var job = new WeightGradientJob<S, V>
        {
            Layout = layout,
            Input = scratch + inputAt,
            Gradient = scratch + gradientAt,
            Sums = scratch + sumsAt,
            Zeros = scratch + biasAt,
            Offsets = (nint*)(scratch + offsetsAt),
            Blocks = blocks,
        };

        for (int first = 0; first < x.Shape.N; first += chunk)
        {
            int images = Math.Min(chunk, x.Shape.N - first);
            var packInput = new PackPixelMajorJob<S, V>
            {
                Layout = layout,
                Source = input.Image(first),
                Target = scratch + inputAt,
                Lines = scratch + linesAt,
            };
            _pool.Run(packInput, images * layout.Rows);
            var packGradient = new PackGradientJob<S, V>
            {
                Blocks = blocks,
                Pixels = pixels,
                Source = gradient.Image(first),
                Target = scratch + gradientAt,
            };
            _pool.Run(packGradient, images * blocks.Count);
            job.Images = images;
            job.First = first == 0;
            _pool.Run(job, job.Plan());
        }

        var unpack = new UnpackWeightGradientJob { Layout = layout, Sums = scratch + sumsAt, Target = Pointer(gw) };
        _pool.Run(unpack, gy.Shape.C);
    }
}
