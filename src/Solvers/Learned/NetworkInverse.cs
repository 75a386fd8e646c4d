using InfAdmm.Engine;
using InfAdmm.Solvers.Normal;

namespace InfAdmm.Solvers.Learned;

/// <summary>
/// The ReLU network as an inverse: four convolutions over buffers made once. The scale 1/μ is folded into the outer
/// weights, its root at either end, which the network's homogeneity allows.
/// </summary>
public sealed class NetworkInverse : IGramInverse
{
    private readonly TensorScope _scope;
    private readonly Tensor _outerWeights;
    private readonly Tensor _innerWeights;
    private readonly Tensor _expanded0;
    private readonly Tensor _expanded1;
    private readonly Tensor _reduced1;
    private readonly Shape _batch;
    private readonly Conv2dSpec _outerSpec;
    private readonly Conv2dSpec _innerSpec;

    /// <summary>Copies the network's weights and makes the buffers for a grid.</summary>
    /// <exception cref="InputException">The grid's channels do not suit the network's.</exception>
    public NetworkInverse(Device device, InverseNetwork network, double scale, Shape grid)
    {
        Shape outer = network.OuterWeights.Shape;
        Shape inner = network.InnerWeights.Shape;
        if (outer.N != 1 && outer.N != grid.C)
        {
            throw new InputException(
                $"a learned inverse of {outer.N} channels cannot serve a measurement of {grid.C}; " +
                "train one with --channels 1, which serves every count");
        }

        _batch = outer.N == 1 ? grid.ChannelsAsBatch : grid;
        _scope = new TensorScope(device);
        _outerWeights = _scope.Allocate(outer);
        _innerWeights = _scope.Allocate(inner);
        device.Scale((float)Math.Sqrt(scale), network.OuterWeights, _outerWeights);
        device.Copy(network.InnerWeights, _innerWeights);
        _expanded0 = _scope.Allocate(_batch with { C = outer.C });
        _expanded1 = _scope.Allocate(_batch with { C = inner.C });
        _reduced1 = _scope.Allocate(_batch with { C = inner.N });
        _outerSpec = Conv2dSpec.Same(_batch, outer.H, outer.W, boundary: Boundary.Circular);
        _innerSpec = Conv2dSpec.Same(_batch, inner.H, inner.W, boundary: Boundary.Circular);
    }

    /// <inheritdoc/>
    public int Apply(Tensor e, Tensor w)
    {
        Device device = e.Device;
        Tensor input = e.Shape == _batch ? e : e.Reshape(_batch);
        Tensor output = w.Shape == _batch ? w : w.Reshape(_batch);
        device.Conv2dBackwardInput(input, _outerWeights, null, _outerSpec, Activation.Relu, _expanded0);
        device.Conv2dBackwardInput(_expanded0, _innerWeights, null, _innerSpec, Activation.Relu, _expanded1);
        device.Conv2d(_expanded1, _innerWeights, null, _innerSpec, Activation.Relu, _reduced1);
        device.Conv2d(_reduced1, _outerWeights, null, _outerSpec, Activation.None, output);
        return 0;
    }

    /// <summary>Frees weights and buffers.</summary>
    public void Dispose() => _scope.Dispose();
}
