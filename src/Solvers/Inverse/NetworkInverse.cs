using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// The ReLU network as an inverse, compiled once for a grid. The scale 1/μ is folded into the weights of the last
/// layer.
/// </summary>
public sealed class NetworkInverse : IGramInverse
{
    private readonly InferencePlan _plan;
    private readonly Shape _batch;

    /// <summary>Copies the network's weights into a plan for a grid.</summary>
    /// <exception cref="InputException">
    /// The network has several channels, and the grid has another number of channels.
    /// </exception>
    public NetworkInverse(Device device, InverseNetwork network, double scale, Shape grid)
    {
        int channels = network.OuterWeights.Shape.N;
        if (channels != 1 && channels != grid.C)
        {
            throw new InputException(
                $"a learned inverse with {channels} channels cannot be applied to a measurement {grid}: " +
                "train one with 1 channel, which applies to any number of channels");
        }

        _batch = channels == 1 ? grid.ChannelsAsBatch : grid;
        _plan = device.Compile(Trace(network, scale, NetworkNode.Input(_batch)));
    }

    /// <summary>The network times a scale, as a description.</summary>
    internal static NetworkNode Trace(InverseNetwork network, double scale, NetworkNode e)
    {
        int channels = network.OuterWeights.Shape.N;
        float[] scales = [.. Enumerable.Repeat((float)scale, channels)];
        return network.Trace(e).ScaleShift(scales, new float[channels]);
    }

    /// <inheritdoc/>
    public void Apply(Tensor e, Tensor w)
    {
        Tensor input = e.Shape == _batch ? e : e.Reshape(_batch);
        Tensor output = w.Shape == _batch ? w : w.Reshape(_batch);
        _plan.Run(input, output);
    }

    /// <summary>Frees the plan.</summary>
    public void Dispose() => _plan.Dispose();
}
