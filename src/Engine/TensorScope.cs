namespace InfAdmm.Engine;

/// <summary>
/// Owns the temporary tensors of a computation: disposes them when it is disposed, except those released by
/// <see cref="Keep"/>.
/// </summary>
/// <param name="device">The device that allocates the tensors.</param>
public sealed class TensorScope(Device device) : IDisposable
{
    private readonly List<Tensor> _tensors = [];

    /// <summary>The device of the scope.</summary>
    public Device Device => device;

    /// <summary>Allocates an uninitialised tensor that this scope owns.</summary>
    public Tensor Allocate(Shape shape) => Add(device.Allocate(shape));

    /// <summary>Takes ownership of a tensor.</summary>
    public Tensor Add(Tensor tensor)
    {
        _tensors.Add(tensor);
        return tensor;
    }

    /// <summary>Releases a tensor from the scope; the caller owns it afterwards.</summary>
    /// <exception cref="InvalidOperationException">The scope does not own the tensor.</exception>
    public Tensor Keep(Tensor tensor)
    {
        if (!_tensors.Remove(tensor))
        {
            throw new InvalidOperationException($"{tensor} does not belong to this scope");
        }

        return tensor;
    }

    /// <summary>Disposes every tensor that the scope still owns.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors)
        {
            tensor.Dispose();
        }

        _tensors.Clear();
    }
}
