using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// The adjoint of a convolution with respect to its input. Stride 1 with many channels mostly uses minimal filtering
/// (CpuDevice.Winograd.cs). Otherwise, with m = i + top = s·q + φ and k = s·κ + φ, each of the s×s phases φ of
/// gx is a convolution of stride 1, gx[c, q] = Σ_{o, κ} w[o, c, s·κ + φ]·gy[o, q − κ]: the micro-kernel of the planar
/// stack on padded gy, without inserted zeros. It has the same bounds as the forward pass.
/// <para>
/// With a periodic boundary gy is periodic too if the outputs tile the input (H = s·Ho, W = s·Wo). Otherwise the
/// gradient is computed for the padded input, in scratch, and its border is folded back.
/// </para>
/// </summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void Conv2dBackwardInputCore(
        Tensor gy, Tensor weights, Tensor? bias, Conv2dSpec spec, Activation activation, Tensor gx)
    {
        Shape x = gx.Shape;
        Shape y = gy.Shape;
        bool periodic = spec.Boundary == Boundary.Periodic;
        bool tiled = x.H == spec.Stride * y.H && x.W == spec.Stride * y.W;
        var source = new Planes(Pointer(gy), y);
        var kernels = new Planes(Pointer(weights), weights.Shape);
        var target = new Planes(Pointer(gx), x);
        float* biasData = PointerOrNull(bias);
        int top = weights.Shape.H - 1 - spec.Top;
        int left = weights.Shape.W - 1 - spec.Left;
        if (top >= 0 && left >= 0 && (tiled || !periodic) && PrefersWinograd(y, x, weights.Shape, spec))
        {
            var call = new TransformedConvolution
            {
                Source = source,
                Target = target,
                Weights = kernels.Data,
                Taps = weights.Shape.H,
                Adjoint = true,
                Top = top,
                Left = left,
                Wraps = periodic,
            };
            ConvolveTransformed(call, biasData, activation == Activation.Relu);
        }
        else if (periodic && !tiled)
        {
            FoldedBackwardInput(source, kernels, biasData, spec, activation, target);
        }
        else
        {
            var plan = new BackwardInputPlan(y, weights.Shape, spec, x, RowBlocks.Of<S, V>(x.C));
            int chunk = ImagesPerChunk(x.N, plan.ImagePitch);
            var regions = default(ScratchLayout);
            plan.Reserve(chunk, S.Width, ref regions);
            plan.Bind(Scratch(regions.Length));
            PackBackwardInput(plan, kernels, biasData);
            for (int first = 0; first < x.N; first += chunk)
            {
                int images = Math.Min(chunk, x.N - first);
                RunBackwardInput(plan, source.Image(first), images, activation, target.Image(first));
            }
        }

        if (activation == Activation.Sigmoid)
        {
            SigmoidCore(gx, gx);
        }
    }

    /// <summary>
    /// For periodic boundaries whose outputs do not tile the input: the gradient of the padded input, then the fold.
    /// </summary>
    private void FoldedBackwardInput(
        Planes gy, Planes weights, float* bias, Conv2dSpec spec, Activation activation, Planes gx)
    {
        Shape x = gx.Shape;
        Shape padded = x with { H = x.H + spec.Top + spec.Bottom, W = x.W + spec.Left + spec.Right };
        RowBlocks blocks = RowBlocks.Of<S, V>(x.C);
        var plan = new BackwardInputPlan(gy.Shape, weights.Shape, Conv2dSpec.Valid(spec.Stride), padded, blocks);
        long paddedImage = (long)padded.C * padded.PlaneSize;
        int chunk = ImagesPerChunk(x.N, plan.ImagePitch + paddedImage);
        var regions = default(ScratchLayout);
        plan.Reserve(chunk, S.Width, ref regions);
        long gradientAt = regions.Reserve(chunk * paddedImage);
        float* scratch = Scratch(regions.Length);
        plan.Bind(scratch);
        float* gradient = scratch + gradientAt;
        PackBackwardInput(plan, weights, bias: null);
        for (int first = 0; first < x.N; first += chunk)
        {
            int images = Math.Min(chunk, x.N - first);
            RunBackwardInput(plan, gy.Image(first), images, Activation.None, gradient);
            var fold = new FoldJob
            {
                Source = gradient,
                Padded = padded,
                Top = spec.Top,
                Left = spec.Left,
                Bias = bias,
                Relu = activation == Activation.Relu,
                Target = gx.Image(first),
                Shape = x,
            };
            _pool.Run(fold, images * x.C);
        }
    }

    private void PackBackwardInput(in BackwardInputPlan plan, Planes weights, float* bias)
    {
        ClearSlack(plan.PaddedEnd);
        for (int phase = 0; phase < plan.Phases; phase++)
        {
            BackwardInputPhase part = plan.Phase(phase);
            plan.FillOffsets(part);
            var pack = new PackWeightsJob<S, V>
            {
                Taps = part.Taps,
                Blocks = plan.Blocks,
                Source = weights.Data,
                RowPitch = weights.Shape.PlaneSize,
                Target = plan.Weights + part.FirstTap * plan.Blocks.PackedRows,
                Bias = bias,
                PackedBias = plan.Bias,
            };
            _pool.Run(pack, plan.Blocks.Count);
        }
    }

    private void RunBackwardInput(
        in BackwardInputPlan plan, float* gy, int images, Activation activation, float* gx)
    {
        var pad = new PadJob { Layout = plan.Planes, Source = gy, Target = plan.Padded };
        _pool.Run(pad, images * plan.Kernel.N);
        for (int phase = 0; phase < plan.Phases; phase++)
        {
            BackwardInputPhase part = plan.Phase(phase);
            if (part.Height == 0 || part.Width == 0)
            {
                continue;
            }

            var job = new ConvolutionJob<S, V>
            {
                Input = plan.Padded + part.InputStart,
                InputImagePitch = plan.ImagePitch,
                InputRowPitch = plan.Planes.Width,
                Offsets = plan.Offsets + part.FirstTap,
                Depth = part.Taps.Depth,
                Weights = plan.Weights + part.FirstTap * plan.Blocks.PackedRows,
                Bias = plan.Bias,
                Blocks = plan.Blocks,
                Relu = activation == Activation.Relu,
                Output = gx + part.OutputStart,
                OutputImagePitch = (long)plan.Target.C * plan.Target.PlaneSize,
                OutputChannelPitch = plan.Target.PlaneSize,
                OutputRowPitch = (long)plan.Target.W * plan.Stride,
                OutputColumnStep = plan.Stride,
                Height = part.Height,
                Width = part.Width,
                Images = images,
            };
            _pool.Run(job, job.Plan());
        }
    }
}
