namespace InfAdmm.Engine;

/// <summary>
/// The memory of an inner loop, allocated once for the shape of the unknown and reused by every call. Between calls,
/// only <see cref="Report"/> has defined contents.
/// </summary>
public sealed class InnerLoopWorkspace : IDisposable
{
    /// <summary>The number of tensors of the unknown's shape that a loop may use.</summary>
    public const int PartCount = 4;

    private readonly TensorScope _scope;
    private readonly Tensor[] _parts = new Tensor[PartCount];

    /// <summary>Allocates the memory.</summary>
    /// <param name="device">The device that runs the loop.</param>
    /// <param name="unknown">The shape of the unknown.</param>
    /// <param name="measured">The shape of the measurement, for loops on the image grid.</param>
    public InnerLoopWorkspace(Device device, Shape unknown, Shape? measured = null)
    {
        _scope = new TensorScope(device);
        Unknown = unknown;
        Memory = _scope.Allocate(unknown with { N = PartCount * unknown.N });
        for (int i = 0; i < PartCount; i++)
        {
            _parts[i] = Memory.Slice(i * unknown.Count, unknown);
        }

        Measured = measured is { } shape ? _scope.Allocate(shape) : null;
        Report = _scope.Add(device.AllocateZeros(Shape.Vector(2)));
        Iterations = Report.Slice(0, Shape.Scalar);
        SquaredResidual = Report.Slice(1, Shape.Scalar);
    }

    /// <summary>The shape of the unknown.</summary>
    public Shape Unknown { get; }

    /// <summary>(iterations, last ‖residual‖²) of the last call, (1, 1, 1, 2).</summary>
    public Tensor Report { get; }

    /// <summary>The first element of <see cref="Report"/>: the number of iterations.</summary>
    public Tensor Iterations { get; }

    /// <summary>The second element of <see cref="Report"/>: ‖residual‖².</summary>
    public Tensor SquaredResidual { get; }

    /// <summary>A tensor of the measurement's shape, or null.</summary>
    public Tensor? Measured { get; }

    /// <summary>All parts, contiguous.</summary>
    public Tensor Memory { get; }

    /// <summary>The first part; conjugate gradients keep the residual in it.</summary>
    public Tensor Residual => _parts[0];

    /// <summary>The part with the given index, from 0: a tensor of the unknown's shape.</summary>
    public Tensor Part(int index) => _parts[index];

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _scope.Dispose();
}
