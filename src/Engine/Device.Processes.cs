namespace InfAdmm.Engine;

/// <remarks>Several processes, each with a device of its own.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// Prepares to add up a tensor over all processes of a group, which do so for tensors of the same size, in the same order:
    /// directly between devices if the backend can, otherwise through the memory of the host.
    /// </summary>
    /// <param name="group">The processes.</param>
    /// <param name="tensor">The tensor. The caller keeps ownership, and frees it after the sums.</param>
    /// <exception cref="InputException">A library that the backend needs for it is missing.</exception>
    public TensorSum SumOver(ProcessGroup group, Tensor tensor)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(tensor);
        return SumOverCore(group, tensor);
    }

    /// <summary>See <see cref="SumOver"/>.</summary>
    protected virtual TensorSum SumOverCore(ProcessGroup group, Tensor tensor) => new HostTensorSum(group, tensor);
}
