using InfAdmm.Engine;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Optimizers;

/// <summary>
/// Owns all parameters of a module in one allocation and all gradients in another, so that zeroing, Adam and copying
/// are one launch each. The parameters become views into the arena, which must outlive them.
/// </summary>
public sealed class ParameterArena : IDisposable
{
    private readonly Dictionary<Parameter, (long Offset, long Count)> _places = [];

    /// <summary>Moves the parameters of a module into a new arena.</summary>
    public ParameterArena(Device device, Module module)
    {
        IReadOnlyList<(string Name, Parameter Parameter)> named = module.NamedParameters();
        Shape shape = Shape.Vector((int)named.Sum(entry => entry.Parameter.Shape.Count));
        Values = device.Allocate(shape);
        Gradients = device.Allocate(shape);
        long offset = 0;
        foreach ((string _, Parameter parameter) in named)
        {
            Shape extent = parameter.Shape;
            parameter.MoveTo(Values.Slice(offset, extent), Gradients.Slice(offset, extent));
            _places.Add(parameter, (offset, extent.Count));
            offset += extent.Count;
        }
    }

    /// <summary>All parameters, contiguous.</summary>
    public Tensor Values { get; }

    /// <summary>All gradients, in the same order.</summary>
    public Tensor Gradients { get; }

    /// <summary>Where a parameter lies in the arena; null if it is not there.</summary>
    internal (long Offset, long Count)? PlaceOf(Parameter parameter) =>
        _places.TryGetValue(parameter, out (long Offset, long Count) place) ? place : null;

    /// <summary>Sets all gradients to zero.</summary>
    public void ZeroGradients() => Gradients.Device.Fill(0, Gradients);

    /// <summary>
    /// Scales the gradients so that their Euclidean norm is at most <paramref name="largest"/>: one bad batch cannot
    /// ruin the training. Waits for the device.
    /// </summary>
    /// <returns>The norm before scaling.</returns>
    public double ClipGradients(double largest)
    {
        Device device = Gradients.Device;
        using Tensor squaredNorm = device.Allocate(Shape.Scalar);
        device.Dot(Gradients, Gradients, squaredNorm);
        double norm = Math.Sqrt(squaredNorm.ToScalar());
        if (norm > largest)
        {
            device.Scale((float)(largest / norm), Gradients, Gradients);
        }

        return norm;
    }

    /// <summary>Frees values and gradients.</summary>
    public void Dispose()
    {
        Values.Dispose();
        Gradients.Dispose();
    }
}
