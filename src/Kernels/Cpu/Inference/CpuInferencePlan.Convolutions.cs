using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <content>The preparation of the loops of each convolution method.</content>
internal sealed unsafe partial class CpuInferencePlan<S, V>
{
    private void AddWinograd(ConvolutionLayer layer)
    {
        ConvolutionGeometry geometry = layer.Geometry;
        BlockedPlanes target = layer.Target!.Planes;
        var groups = new VectorGroups(target.Blocks);
        int depth = geometry.Input.C;
        var job = new WinogradConvolutionJob<S, V>
        {
            Input = layer.Source.Planes,
            Output = target,
            TileSize = WinogradWeights.Outputs(geometry.KernelHeight),
            KernelTop = geometry.Top,
            KernelLeft = geometry.Left,
            BlockChannels = CopyOf(layer.Source.BlockChannels),
            Depth = depth,
            Weights = Allocate((long)WinogradWeights.TilePoints * depth * target.Blocks * S.Width),
            Groups = groups,
            Bias = BiasOf(geometry, target.Blocks),
            Relu = geometry.Activation == Activation.Relu,
        };
        fixed (float* weights = geometry.OrderedWeights())
        {
            var transform = new WinogradWeightsJob<S, V>
            {
                Source = weights,
                OutputChannels = geometry.Output.C,
                InputChannels = depth,
                OutputPitch = (long)depth * geometry.KernelHeight * geometry.KernelWidth,
                InputPitch = geometry.KernelHeight * geometry.KernelWidth,
                Taps = geometry.KernelHeight,
                Groups = groups,
                Target = job.Weights,
            };
            transform.Run(_pool);
        }

        int pieces = job.Plan(_pool.Count);
        RequireShared(_pool.Count * job.ScratchPerWorker);
        _loops.Add((_, _, _) =>
        {
            WinogradConvolutionJob<S, V> run = job;
            run.Scratch = _shared;
            _pool.Run(run, pieces);
        });
    }

    private void AddDirect(ConvolutionLayer layer)
    {
        ConvolutionGeometry geometry = layer.Geometry;
        BlockedPlanes target = layer.Target!.Planes;
        var taps = new TapPlanner(geometry, layer.Source, S.Width, layer.Method == ConvolutionMethod.Unfolded);
        int tiles = geometry.Output.PlaneSize * target.Images / BlockKernel<S, V>.MaxRows;
        var groups = new VectorGroups(target.Blocks, tiles < _pool.Count ? 2 : 3);
        var grids = (PixelGrid*)Allocate(taps.Phases * sizeof(PixelGrid) / sizeof(float) + 1);
        for (int phase = 0; phase < taps.Phases; phase++)
        {
            grids[phase] = taps.Grid(phase);
            List<TapPlanner.Run> runs = taps.Runs(phase);
            List<(int Channel, int Row, int Column)> steps = taps.Steps(phase);
            FillSegments(runs, ref grids[phase]);
            grids[phase].Depth = steps.Count;
            grids[phase].Weights = Allocate((long)steps.Count * target.Blocks * S.Width);
            PackedWeights.Pack(
                groups, S.Width, geometry.Output.C, steps.Count,
                (output, step) => geometry.Weight(output, steps[step].Channel, steps[step].Row, steps[step].Column),
                grids[phase].Weights);
        }

        var job = new DirectConvolutionJob<S, V>
        {
            Input = layer.Source.Planes,
            Output = target.Origin,
            OutputImagePitch = target.ImagePitch,
            OutputRowPitch = target.RowPitch,
            OutputPixelPitch = S.Width,
            OutputVectorPitch = target.BlockPitch,
            Grids = grids,
            GridCount = taps.Phases,
            Groups = groups,
            Bias = BiasOf(geometry, target.Blocks),
            Relu = geometry.Activation == Activation.Relu,
        };
        int pieces = job.Plan();
        _loops.Add((_, _, _) => _pool.Run(job, pieces));
    }

    /// <summary>
    /// One matrix product for all taps at every pixel, including those of a periodic border; then the sums over taps,
    /// to planes or to blocks.
    /// </summary>
    private void AddFolded(ConvolutionLayer layer)
    {
        ConvolutionGeometry geometry = layer.Geometry;
        BlockedPlanes source = geometry.Wraps ? layer.Source.Planes.WithBorder() : layer.Source.Planes;
        int taps = geometry.KernelHeight * geometry.KernelWidth;
        int channels = layer.Target is null ? geometry.Output.C : layer.Target.Planes.Blocks * S.Width;
        int vectors = (taps * channels + S.Width - 1) / S.Width;
        int depth = geometry.Input.C;
        var grid = (PixelGrid*)Allocate(sizeof(PixelGrid) / sizeof(float) + 1);
        *grid = new PixelGrid
        {
            Rows = source.Height,
            Columns = source.Width,
            SourceRowStep = 1,
            SourceColumnStep = 1,
            TargetStep = 1,
            Depth = depth,
            Weights = Allocate((long)depth * vectors * S.Width),
        };
        FillSegments(TapPlanner.Pixel(layer.Source), ref *grid);
        var groups = new VectorGroups(vectors);
        PackedWeights.Pack(
            groups, S.Width, taps * channels, depth,
            (lane, step) => lane % channels >= geometry.Output.C ? 0 : geometry.Weight(
                lane % channels, step, lane / channels / geometry.KernelWidth, lane / channels % geometry.KernelWidth),
            grid->Weights);
        nint pixelPitch = vectors * S.Width;
        var multiply = new DirectConvolutionJob<S, V>
        {
            Input = source,
            OutputImagePitch = (long)source.Height * source.Width * pixelPitch,
            OutputRowPitch = source.Width * pixelPitch,
            OutputPixelPitch = pixelPitch,
            OutputVectorPitch = S.Width,
            Grids = grid,
            GridCount = 1,
            Groups = groups,
            Bias = Allocate(pixelPitch),
        };
        int pieces = multiply.Plan();
        RequireShared(source.Images * multiply.OutputImagePitch + ConvolutionMethods.FewChannels);
        _loops.Add((_, _, _) =>
        {
            DirectConvolutionJob<S, V> run = multiply;
            run.Output = _shared;
            _pool.Run(run, pieces);
        });

        int top = geometry.Wraps ? layer.Source.Planes.Top : 0;
        int left = geometry.Wraps ? layer.Source.Planes.Left : 0;
        nint tapRowPitch = (nint)geometry.KernelWidth * channels;
        var products = new TapProducts
        {
            ImagePitch = multiply.OutputImagePitch,
            Rows = RunsOf(
                MeetingsOf(geometry.Output.H, geometry.KernelHeight, geometry.Top, geometry, -top, source.Height - top),
                (nint)multiply.OutputRowPitch, tapRowPitch),
            Columns = RunsOf(
                MeetingsOf(
                    geometry.Output.W, geometry.KernelWidth, geometry.Left, geometry, -left, source.Width - left),
                pixelPitch, channels),
        };
        AddFold(layer, products, top * multiply.OutputRowPitch + left * pixelPitch);
    }

    private void AddFold(ConvolutionLayer layer, TapProducts products, long origin)
    {
        ConvolutionGeometry geometry = layer.Geometry;
        if (layer.Target is null)
        {
            var planes = new FoldTapsJob<S, V>
            {
                Products = products,
                OutputShape = geometry.Output with { N = layer.Source.Planes.Images },
                Bias = BiasOf(geometry, (ConvolutionMethods.FewChannels + S.Width - 1) / S.Width),
                Activation = geometry.Activation,
            };
            _loops.Add((_, output, image) =>
            {
                FoldTapsJob<S, V> run = planes;
                run.Products.Origin = _shared + origin;
                run.Output = Planes(output, image);
                _pool.Run(run, run.Count);
            });
            return;
        }

        var blocks = new FoldBlocksJob<S, V>
        {
            Products = products,
            Output = layer.Target.Planes,
            Bias = BiasOf(geometry, layer.Target.Planes.Blocks),
            Relu = geometry.Activation == Activation.Relu,
        };
        _loops.Add((_, _, _) =>
        {
            FoldBlocksJob<S, V> run = blocks;
            run.Products.Origin = _shared + origin;
            _pool.Run(run, run.Count);
        });
    }

    private static IEnumerable<TapMeeting> MeetingsOf(
        int outputs, int taps, int before, ConvolutionGeometry geometry, int first, int end) =>
        Enumerable.Range(0, outputs).Select(
            output => TapMeeting.Of(output, taps, geometry.Stride, before, geometry.IsPhased, first, end));

    private ProductRun* RunsOf(IEnumerable<TapMeeting> meetings, nint inputPitch, nint tapPitch)
    {
        ProductRun[] runs = [.. meetings.Select(meeting => new ProductRun(
            meeting.Input * inputPitch + meeting.Tap * tapPitch,
            meeting.InputStep * inputPitch + meeting.TapStep * tapPitch,
            meeting.Count))];
        var copy = (ProductRun*)Allocate((long)runs.Length * sizeof(ProductRun) / sizeof(float));
        runs.CopyTo(new Span<ProductRun>(copy, runs.Length));
        return copy;
    }

    private void FillSegments(List<TapPlanner.Run> runs, ref PixelGrid grid)
    {
        grid.SegmentCount = runs.Count;
        grid.Segments = (Segment*)Allocate((long)runs.Count * sizeof(Segment) / sizeof(float) + 1);
        for (int i = 0; i < runs.Count; i++)
        {
            grid.Segments[i] = new Segment { Offset = runs[i].Offset, Length = runs[i].Length };
        }
    }

    private float* BiasOf(ConvolutionGeometry geometry, int vectors)
    {
        float* bias = Allocate(vectors * S.Width);
        for (int i = 0; geometry.Bias is not null && i < geometry.Bias.Count; i++)
        {
            bias[i] = geometry.Bias[i];
        }

        return bias;
    }

    private int* CopyOf(int[] values)
    {
        var copy = (int*)Allocate(values.Length);
        values.CopyTo(new Span<int>(copy, values.Length));
        return copy;
    }
}
