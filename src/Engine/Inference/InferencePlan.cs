namespace InfAdmm.Engine.Inference;

/// <summary>
/// A network compiled for one device and one set of shapes, created by <see cref="Device.Compile"/>. It has its own
/// copy of the weights; a run allocates nothing.
/// </summary>
public abstract class InferencePlan : IDisposable
{
    private readonly Device _device;
    private readonly Shape[] _inputs;
    private bool _disposed;

    /// <summary>Takes the shapes of the inputs and the output from the network.</summary>
    /// <exception cref="ArgumentException">The inputs are not numbered 0, 1, … without gaps.</exception>
    protected InferencePlan(Device device, NetworkNode output)
    {
        _device = device;
        OutputShape = output.Shape;
        InputNode[] inputs = [.. output.InOrder().OfType<InputNode>().OrderBy(node => node.Index)];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i].Index != i)
            {
                throw new ArgumentException(
                    $"the inputs of a network must be numbered from 0 without gaps; {i} is missing");
            }
        }

        _inputs = [.. inputs.Select(node => node.Shape)];
    }

    /// <summary>The shapes of the inputs, in order.</summary>
    public IReadOnlyList<Shape> InputShapes => _inputs;

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape { get; }

    /// <summary>How the network runs, and why it cannot run faster, for reports.</summary>
    public abstract string Description { get; }

    /// <summary>True if the output of a run may be this input's tensor; other overlap is never allowed.</summary>
    public virtual bool MayOverwrite(int input) => false;

    /// <summary>Evaluates a network that has one input.</summary>
    /// <exception cref="ShapeException">A shape differs from that of the plan.</exception>
    public void Run(Tensor x, Tensor y) => Run([x], y);

    /// <summary>
    /// Evaluates the network. The output must not overlap an input, unless <see cref="MayOverwrite"/> allows it.
    /// </summary>
    /// <exception cref="ShapeException">A shape or the number of inputs differs from that of the plan.</exception>
    public void Run(ReadOnlySpan<Tensor> inputs, Tensor output)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using UseGuard.Scope use = _device.Use();
        if (inputs.Length != _inputs.Length)
        {
            throw new ShapeException($"the network has {_inputs.Length} inputs, {inputs.Length} were given");
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            _device.CheckOperand(inputs[i], _inputs[i], "input of the plan");
            if (!(ReferenceEquals(inputs[i], output) && MayOverwrite(i)))
            {
                Device.CheckDistinct(inputs[i], output, nameof(Run));
            }
        }

        _device.CheckOperand(output, OutputShape, "output of the plan");
        RunCore(inputs, output);
    }

    /// <summary>Frees weights and buffers.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            DisposeCore();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>See <see cref="Run(ReadOnlySpan{Tensor}, Tensor)"/>.</summary>
    protected abstract void RunCore(ReadOnlySpan<Tensor> inputs, Tensor output);

    /// <summary>See <see cref="Dispose"/>.</summary>
    protected abstract void DisposeCore();
}
