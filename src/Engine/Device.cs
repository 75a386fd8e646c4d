using InfAdmm.Engine.Inference;

namespace InfAdmm.Engine;

/// <summary>
/// A compute backend. This class and its other parts, <c>Device.Ops.cs</c>, <c>Device.BatchNorm.cs</c>,
/// <c>Device.InnerLoops.cs</c> and <c>Device.Recording.cs</c>, are the whole contract: memory, one method an op, and work
/// that is recorded once and repeated. Ops are destination-passing: the caller owns every tensor, results are
/// written to the last arguments, and nothing is allocated. Shapes are validated here, once, before the backend is
/// called. Unless an op says so, a destination must not overlap a source; elementwise ops allow a destination that is
/// exactly a source.
/// Work may be asynchronous: only <see cref="Upload"/>, <see cref="Download"/> and <see cref="Synchronize"/> wait.
/// </summary>
public abstract partial class Device : IDisposable
{
    /// <summary>What the device runs on, for reports: "AMD EPYC, AVX-512".</summary>
    public abstract string Name { get; }

    /// <summary>The count of host threads that execute ops; 0 for a GPU.</summary>
    public abstract int Threads { get; }

    /// <summary>The count of allocated buffers that were not disposed yet.</summary>
    public abstract int LiveBuffers { get; }

    /// <summary>Allocates an uninitialised tensor. Its contents are undefined until written.</summary>
    /// <exception cref="ShapeException">An extent is below 1 or the tensor is too large.</exception>
    /// <exception cref="DeviceException">The device is out of memory.</exception>
    public Tensor Allocate(Shape shape)
    {
        DeviceBuffer buffer = AllocateBuffer(shape.Validated().Count);
        return new Tensor(this, buffer, 0, shape, ownsBuffer: true);
    }

    /// <summary>Allocates a tensor and copies host values into it.</summary>
    public Tensor Allocate(Shape shape, ReadOnlySpan<float> values)
    {
        Tensor tensor = Allocate(shape);
        Upload(values, tensor);
        return tensor;
    }

    /// <summary>Allocates a tensor of zeros.</summary>
    public Tensor AllocateZeros(Shape shape)
    {
        Tensor tensor = Allocate(shape);
        Fill(0, tensor);
        return tensor;
    }

    /// <summary>Copies host values to the device; <paramref name="values"/> may be reused on return.</summary>
    /// <exception cref="ShapeException">The counts differ.</exception>
    public void Upload(ReadOnlySpan<float> values, Tensor tensor)
    {
        CheckOwn(tensor);
        CheckCount(values.Length, tensor);
        UploadCore(values, tensor);
    }

    /// <summary>Copies a tensor to the host, waiting for the work that produces it.</summary>
    /// <exception cref="ShapeException">The counts differ.</exception>
    public void Download(Tensor tensor, Span<float> values)
    {
        CheckOwn(tensor);
        CheckCount(values.Length, tensor);
        DownloadCore(tensor, values);
    }

    /// <summary>
    /// Makes a network ready to run here: weights packed, algorithms and buffers chosen, once for its shapes. The caller
    /// owns the plan and disposes it before the device.
    /// </summary>
    public InferencePlan Compile(NetworkNode output) => SkipPlan.SkippedInput(output) is { } skipped
        ? new SkipPlan(this, (AdditionNode)output, skipped, CompileCore(((AdditionNode)output).First))
        : CompileCore(output);

    /// <summary>Waits until all work given to the device is done.</summary>
    public abstract void Synchronize();

    /// <summary>Ends the device. Tensors on it must not be used afterwards.</summary>
    public void Dispose()
    {
        DisposeCore();
        GC.SuppressFinalize(this);
    }

    /// <summary>See <see cref="Compile"/>; a skip connection around the network is taken care of.</summary>
    protected virtual InferencePlan CompileCore(NetworkNode output) => new OpByOpPlan(this, output);

    /// <summary>Allocates memory for so many float32 elements.</summary>
    protected abstract DeviceBuffer AllocateBuffer(long length);

    /// <summary>See <see cref="Upload"/>.</summary>
    protected abstract void UploadCore(ReadOnlySpan<float> values, Tensor tensor);

    /// <summary>See <see cref="Download"/>.</summary>
    protected abstract void DownloadCore(Tensor tensor, Span<float> values);

    /// <summary>Releases threads, streams and caches.</summary>
    protected abstract void DisposeCore();

    private static void CheckCount(int count, Tensor tensor)
    {
        if (count != tensor.Count)
        {
            throw new ShapeException($"{count} host values do not fit a tensor of {tensor.Shape}");
        }
    }

    private void CheckOwn(Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(tensor.Buffer.IsDisposed, tensor);
        if (tensor.Device != this)
        {
            throw new DeviceException($"{tensor} was given to {Name}: copy it there first");
        }
    }

    /// <summary>Throws unless the tensor lives here and has the shape that <paramref name="role"/> needs.</summary>
    internal void CheckOperand(Tensor tensor, Shape expected, string role)
    {
        CheckOwn(tensor);
        if (tensor.Shape != expected)
        {
            throw new ShapeException($"the {role} must be {expected}, got {tensor.Shape}");
        }
    }

    private void CheckOwn(Tensor a, Tensor b)
    {
        CheckOwn(a);
        CheckOwn(b);
    }

    private void CheckOwn(Tensor a, Tensor b, Tensor c)
    {
        CheckOwn(a, b);
        CheckOwn(c);
    }

    private static void CheckSameCount(Tensor a, Tensor b, string op)
    {
        if (a.Shape.Count != b.Shape.Count)
        {
            throw new ShapeException($"{op}: {a.Shape} and {b.Shape} differ in size");
        }
    }

    private static void CheckShape(Tensor tensor, Shape expected, string op, string role)
    {
        if (tensor.Shape != expected)
        {
            throw new ShapeException($"{op}: {role} must be {expected}, got {tensor.Shape}");
        }
    }

    internal static void CheckDistinct(Tensor source, Tensor destination, string op)
    {
        if (ReferenceEquals(source.Buffer, destination.Buffer)
            && source.Offset < destination.Offset + destination.Shape.Count
            && destination.Offset < source.Offset + source.Shape.Count)
        {
            throw new ArgumentException($"{op}: the destination overlaps a source");
        }
    }
}
