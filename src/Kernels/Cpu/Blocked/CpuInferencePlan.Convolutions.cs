using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu.Blocked;

/// <content>How each method's loops are prepared.</content>
internal sealed unsafe partial class CpuInferencePlan<S, V>
{
    private void AddWinograd(ConvolutionLayer layer)
    {
        ConvolutionGeometry geometry = layer.Geometry;
        BlockedPlanes target = layer.Target!.Planes;
        var groups = new VectorGroups(target.Blocks);
        int depth = geometry.Input.C;
        long points = WinogradWeights.Points * WinogradWeights.Points;
        var job = new WinogradConvolutionJob<S, V>
        {
            Input = layer.Source.Planes,
            Output = target,
            TileSize = WinogradWeights.Outputs(geometry.KernelHeight),
            KernelTop = geometry.Top,
            KernelLeft = geometry.Left,
            BlockChannels = CopyOf(layer.Source.BlockChannels),
            Depth = depth,
            Weights = Allocate(points * depth * target.Blocks * S.Width),
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
        NeedShared(_pool.Count * job.ScratchPerWorker);
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
        var groups = new VectorGroups(target.Blocks);
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

    /// <summary>One product for all taps at every pixel, the border's included; then the sums over taps.</summary>
    private void AddFolded(ConvolutionLayer layer)
    {
        ConvolutionGeometry geometry = layer.Geometry;
        BlockedPlanes source = layer.Source.Planes;
        int taps = geometry.KernelHeight * geometry.KernelWidth;
        int channels = geometry.Output.C;
        int vectors = (taps * channels + S.Width - 1) / S.Width;
        var groups = new VectorGroups(vectors);
        int rows = source.Top + source.Height + source.Bottom;
        int columns = source.Left + source.Width + source.Right;
        int depth = geometry.Input.C;
        var grid = (PixelGrid*)Allocate(sizeof(PixelGrid) / sizeof(float) + 1);
        *grid = new PixelGrid
        {
            Rows = rows,
            Columns = columns,
            SourceRowStep = 1,
            SourceColumnStep = 1,
            TargetStep = 1,
            Depth = depth,
            Weights = Allocate((long)depth * vectors * S.Width),
        };
        FillSegments(TapPlanner.Pixel(layer.Source), ref *grid);
        PackedWeights.Pack(
            groups, S.Width, taps * channels, depth,
            (lane, step) => geometry.Weight(
                lane % channels, step, lane / channels / geometry.KernelWidth, lane / channels % geometry.KernelWidth),
            grid->Weights);
        int pixelPitch = vectors * S.Width;
        var multiply = new DirectConvolutionJob<S, V>
        {
            Input = source,
            OutputImagePitch = (long)rows * columns * pixelPitch,
            OutputRowPitch = (long)columns * pixelPitch,
            OutputPixelPitch = pixelPitch,
            OutputVectorPitch = S.Width,
            Grids = grid,
            GridCount = 1,
            Groups = groups,
            Bias = Allocate(pixelPitch),
        };
        var fold = new FoldTapsJob
        {
            ImagePitch = multiply.OutputImagePitch,
            RowPitch = multiply.OutputRowPitch,
            PixelPitch = pixelPitch,
            TapRows = geometry.KernelHeight,
            TapColumns = geometry.KernelWidth,
            Stride = geometry.Stride,
            Transposed = geometry.IsPhased,
            Top = geometry.Top,
            Left = geometry.Left,
            FirstRow = -source.Top,
            EndRow = source.Height + source.Bottom,
            FirstColumn = -source.Left,
            EndColumn = source.Width + source.Right,
            OutputShape = geometry.Output with { N = source.Images },
            Bias = BiasOf(geometry, 1 + ConvolutionMethods.FewChannels / S.Width),
            Activation = geometry.Activation,
        };
        // The first pixel of the grid is the border's corner.
        multiply.Input.Origin -= source.OriginOffset;
        int pieces = multiply.Plan();
        NeedShared(source.Images * multiply.OutputImagePitch + ConvolutionMethods.FewChannels);
        _loops.Add((_, _, _) =>
        {
            DirectConvolutionJob<S, V> run = multiply;
            run.Output = _shared;
            _pool.Run(run, pieces);
        });
        long origin = source.Top * multiply.OutputRowPitch + source.Left * pixelPitch;
        _loops.Add((_, output, image) =>
        {
            FoldTapsJob run = fold;
            run.Products = _shared + origin;
            run.Output = Planes(output, image);
            _pool.Run(run, source.Images * run.OutputShape.H);
        });
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
