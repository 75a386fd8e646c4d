namespace InfAdmm.Engine;

/// <summary>
/// A contiguous float32 array in NCHW order on a device: an owner of its buffer, or a view of another tensor. Dispose
/// owners; disposing a view does not free the memory.
/// </summary>
public sealed class Tensor : IDisposable
{
    private readonly bool _ownsBuffer;

    internal Tensor(Device device, DeviceBuffer buffer, long offset, Shape shape, bool ownsBuffer)
    {
        Device = device;
        Buffer = buffer;
        Offset = offset;
        Shape = shape;
        _ownsBuffer = ownsBuffer;
    }

    /// <summary>The device that holds the elements.</summary>
    public Device Device { get; }

    /// <summary>The shape.</summary>
    public Shape Shape { get; }

    /// <summary>The memory; a backend casts it to its own type.</summary>
    public DeviceBuffer Buffer { get; }

    /// <summary>The offset of the first element in <see cref="Buffer"/>, in elements.</summary>
    public long Offset { get; }

    /// <summary>The number of elements.</summary>
    public int Count => (int)Shape.Count;

    /// <summary>A view of the same elements with another shape of equal element count.</summary>
    /// <exception cref="ShapeException">The counts differ.</exception>
    public Tensor Reshape(Shape shape)
    {
        if (shape.Count != Shape.Count)
        {
            throw new ShapeException($"cannot view {Shape} ({Shape.Count} elements) as {shape} ({shape.Count})");
        }

        return new Tensor(Device, Buffer, Offset, shape.Validated(), ownsBuffer: false);
    }

    /// <summary>A view of elements [offset, offset + shape.Count) with the given shape.</summary>
    /// <exception cref="ShapeException">The range exceeds this tensor.</exception>
    public Tensor Slice(long offset, Shape shape)
    {
        if (offset < 0 || offset + shape.Count > Shape.Count)
        {
            throw new ShapeException($"elements {offset} … {offset + shape.Count - 1} lie outside a tensor of {Shape}");
        }

        return new Tensor(Device, Buffer, Offset + offset, shape.Validated(), ownsBuffer: false);
    }

    /// <summary>Copies the elements to a new array in host memory; waits for the device.</summary>
    public float[] ToArray()
    {
        var values = new float[Count];
        Device.Download(this, values);
        return values;
    }

    /// <summary>Reads the first element, such as the result of a reduction; waits for the device.</summary>
    public float ToScalar()
    {
        Span<float> value = stackalloc float[1];
        Device.Download(Count == 1 ? this : Slice(0, Shape.Scalar), value);
        return value[0];
    }

    /// <summary>Returns the memory to the device if this tensor owns it.</summary>
    public void Dispose()
    {
        if (_ownsBuffer)
        {
            Buffer.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"Tensor{Shape} on {Device.Name}";
}
