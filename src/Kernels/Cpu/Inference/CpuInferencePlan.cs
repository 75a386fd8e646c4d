using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Kernels.Cpu;

/// <summary>
/// A network compiled for the CPU: layers on values that stay in the blocked layout, with packed weights and prepared
/// loops. A large batch runs a few images at a time, so that the values of a layer are still in the cache when the next
/// layer reads them. A run executes a list of parallel loops and allocates nothing.
/// </summary>
internal sealed unsafe partial class CpuInferencePlan<S, V> : InferencePlan
    where S : struct, ISimd<V>
    where V : unmanaged
{
    /// <summary>
    /// Bytes of values that stay in the last-level cache from layer to layer; the rest is for one layer.
    /// </summary>
    private const long CachedBytes = CacheSizes.LastLevel / 2;

    private readonly WorkerPool _pool;
    private readonly CpuMemory _memory;
    private readonly int _imagesPerPass;
    private readonly List<CpuBuffer> _buffers = [];
    private readonly List<PlanLoop> _loops = [];
    private float* _shared;
    private long _sharedLength;

    private CpuInferencePlan(
        Device device, WorkerPool pool, CpuMemory memory, NetworkNode output, int imagesPerPass) : base(device, output)
    {
        _pool = pool;
        _memory = memory;
        _imagesPerPass = imagesPerPass;
    }

    public override string Description => $"blocked layout, {_loops.Count} loops, {_imagesPerPass} images at a time";

    private void Prepare(NetworkPlanner planner)
    {
        foreach (PlannedValue value in planner.Values)
        {
            value.Allocate(length => (nint)Allocate(length));
        }

        foreach (PlannedLayer layer in planner.Layers)
        {
            AddLayer(layer);
        }

        _shared = Allocate(_sharedLength);
    }

    /// <summary>A parallel loop of a run, over the images that start at <paramref name="firstImage"/>.</summary>
    private delegate void PlanLoop(ReadOnlySpan<Tensor> inputs, Tensor output, int firstImage);

    /// <summary>Compiles a network; op by op if the blocked layout does not support it.</summary>
    public static InferencePlan Create(Device device, WorkerPool pool, CpuMemory memory, NetworkNode output)
    {
        int images = output.Shape.N;
        while (true)
        {
            var planner = NetworkPlanner.Plan(output, images, S.Width, BlockKernel<S, V>.MaxRows);
            if (planner.Refusal is not null)
            {
                return new OpByOpPlan(device, output, planner.Refusal);
            }

            bool cached = planner.Values.Sum(value => value.Length) * sizeof(float) <= CachedBytes;
            if (cached || images == 1)
            {
                return Create(device, pool, memory, output, planner, images);
            }

            do
            {
                images--;
            }
            while (output.Shape.N % images != 0);
        }
    }

    private static CpuInferencePlan<S, V> Create(
        Device device, WorkerPool pool, CpuMemory memory, NetworkNode output, NetworkPlanner planner, int images)
    {
        var plan = new CpuInferencePlan<S, V>(device, pool, memory, output, images);
        try
        {
            plan.Prepare(planner);
            return plan;
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    protected override void RunCore(ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        for (int image = 0; image < OutputShape.N; image += _imagesPerPass)
        {
            foreach (PlanLoop loop in _loops)
            {
                loop(inputs, output, image);
            }
        }
    }

    protected override void DisposeCore()
    {
        foreach (CpuBuffer buffer in _buffers)
        {
            buffer.Dispose();
        }
    }

    /// <summary>Allocates zero-initialised memory that is freed with the plan.</summary>
    private float* Allocate(long length)
    {
        var buffer = new CpuBuffer(_memory, Math.Max(length, 1));
        _buffers.Add(buffer);
        for (long first = 0; first < length; first += int.MaxValue / 8)
        {
            new Span<float>(buffer.Pointer + first, (int)Math.Min(length - first, int.MaxValue / 8)).Clear();
        }

        return buffer.Pointer;
    }

    /// <summary>Requests memory for use within one layer; all layers share the largest request.</summary>
    private void RequireShared(long length) => _sharedLength = Math.Max(_sharedLength, length);

    private static float* Planes(Tensor tensor, int image) =>
        ((CpuBuffer)tensor.Buffer).Pointer + tensor.Offset + (long)image * tensor.Shape.C * tensor.Shape.PlaneSize;

    private void AddLayer(PlannedLayer layer)
    {
        switch (layer)
        {
            case PackLayer pack:
                AddPack(pack);
                break;
            case UnfoldLayer unfold:
                AddUnfold(unfold);
                break;
            case ConvolutionLayer convolution:
                AddConvolution(convolution);
                break;
            case UnpackLayer unpack:
                AddUnpack(unpack);
                break;
        }
    }

    private void AddPack(PackLayer layer)
    {
        int input = layer.Input.Index;
        var job = new PackChannelsJob<S, V>
        {
            Channels = layer.Input.Shape.C * layer.Factor * layer.Factor,
            Factor = layer.Factor,
            Blocks = layer.Target.Planes,
        };
        _loops.Add((inputs, _, image) =>
        {
            PackChannelsJob<S, V> run = job;
            run.Planes = Planes(inputs[input], image);
            _pool.Run(run, run.Count);
        });
    }

    private void AddUnfold(UnfoldLayer layer)
    {
        int input = layer.Input.Index;
        var job = new UnfoldJob<S, V>
        {
            Shape = layer.Input.Shape,
            Taps = layer.Reader.KernelWidth,
            Stride = layer.Reader.Stride,
            Left = layer.Reader.Left,
            Boundary = layer.Reader.Boundary,
            Blocks = layer.Target.Planes,
        };
        _loops.Add((inputs, _, image) =>
        {
            UnfoldJob<S, V> run = job;
            run.Planes = Planes(inputs[input], image);
            _pool.Run(run, run.Count);
        });
    }

    private void AddUnpack(UnpackLayer layer)
    {
        var job = new PackChannelsJob<S, V>
        {
            Channels = layer.Channels,
            Factor = layer.Factor,
            Blocks = layer.Source.Planes,
            Inverse = true,
        };
        _loops.Add((_, output, image) =>
        {
            PackChannelsJob<S, V> run = job;
            run.Planes = Planes(output, image);
            _pool.Run(run, run.Count);
        });
    }

    private void AddConvolution(ConvolutionLayer layer)
    {
        if (layer.Source.Wraps)
        {
            var wrap = new BorderJob { Planes = layer.Source.Planes, Wraps = true };
            _loops.Add((_, _, _) => _pool.Run(wrap, wrap.Count));
        }

        switch (layer.Method)
        {
            case ConvolutionMethod.Winograd:
                AddWinograd(layer);
                break;
            case ConvolutionMethod.Folded:
                AddFolded(layer);
                break;
            default:
                AddDirect(layer);
                break;
        }
    }
}
