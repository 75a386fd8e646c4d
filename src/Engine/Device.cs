using InfAdmm.Engine.Inference;

namespace InfAdmm.Engine;

/// <summary>
/// A compute backend. This class, in the files <c>Device.*.cs</c>, is the whole contract: memory, one method per op,
/// and recorded work; <c>Device.Backend.cs</c> lists most of what a backend implements. Ops write to destinations that the
/// caller owns, the last arguments, and allocate nothing. Shapes are validated here, once, before the backend is
/// called. A destination must not overlap a source unless the op says so; for elementwise ops a destination may be the
/// same tensor as a source.
/// Use a device from one thread at a time: an op throws <see cref="InvalidOperationException"/> while another thread is in
/// one, and <see cref="ObjectDisposedException"/> after <see cref="Dispose"/>. Ops may run asynchronously: only <see cref="Upload"/>, <see cref="Download"/> and <see cref="Synchronize"/> wait.
/// </summary>
public abstract partial class Device : IDisposable
{
    private readonly UseGuard _guard;

    /// <summary>Creates the part that all backends share.</summary>
    protected Device() => _guard = new UseGuard(this);

    /// <summary>A description of the device for reports, such as "NVIDIA H200".</summary>
    public abstract string Name { get; }

    /// <summary>The number of host threads that execute ops; 0 for a GPU.</summary>
    public abstract int Threads { get; }

    /// <summary>The number of allocated buffers that are not disposed.</summary>
    public abstract int LiveBuffers { get; }

    /// <summary>Allocates an uninitialised tensor; its contents are undefined.</summary>
    /// <exception cref="ShapeException">A dimension is below 1 or the tensor is too large.</exception>
    /// <exception cref="DeviceException">The device is out of memory.</exception>
    public Tensor Allocate(Shape shape)
    {
        using UseGuard.Scope use = Use();
        DeviceBuffer buffer = Created(AllocateBuffer(shape.Validated().Count));
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
        using UseGuard.Scope use = Use();
        CheckOwn(tensor);
        CheckCount(values.Length, tensor);
        UploadCore(values, tensor);
    }

    /// <summary>Copies a tensor to the host, waiting for the work that produces it.</summary>
    /// <exception cref="ShapeException">The counts differ.</exception>
    public void Download(Tensor tensor, Span<float> values)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(tensor);
        CheckCount(values.Length, tensor);
        DownloadCore(tensor, values);
    }

    /// <summary>
    /// Compiles a network for this device and its shapes: packs the weights, chooses the algorithms and allocates the
    /// buffers. The caller owns the plan and must dispose it before the device.
    /// </summary>
    public InferencePlan Compile(NetworkNode output)
    {
        using UseGuard.Scope use = Use();
        return Created(SkipPlan.SkippedInput(output) is { } skipped
            ? new SkipPlan(this, (AdditionNode)output, skipped, CompileCore(((AdditionNode)output).First))
            : CompileCore(output));
    }

    /// <summary>Waits until all work on the device is done.</summary>
    public abstract void Synchronize();

    /// <summary>
    /// Releases the device. Everything that uses it afterwards throws; tensors on it may still be disposed.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread uses the device.</exception>
    public void Dispose()
    {
        if (_guard.TryClose())
        {
            DisposeCore();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Begins a use of the device by this thread, which ends when the result is disposed. Every op does so; a sequence of
    /// ops that must not be interleaved with those of another thread can, too.
    /// </summary>
    /// <exception cref="InvalidOperationException">Another thread uses the device.</exception>
    /// <exception cref="ObjectDisposedException">The device was disposed.</exception>
    public UseGuard.Scope Use() => _guard.Enter();

    /// <summary>Compiles a network without a skip connection around it; see <see cref="Compile"/>.</summary>
    protected virtual InferencePlan CompileCore(NetworkNode output) => new OpByOpPlan(this, output);

    /// <summary>Allocates memory for the given number of float32 elements.</summary>
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
            throw new DeviceException($"{tensor} is not on {Name}: copy it there first");
        }
    }

    /// <summary>Throws unless the tensor is on this device and has the expected shape.</summary>
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
