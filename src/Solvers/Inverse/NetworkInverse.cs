using InfAdmm.Engine;
using InfAdmm.Engine.Inference;

namespace InfAdmm.Solvers.Inverse;

/// <summary>
/// The ReLU network as an inverse: a plan made once for the grid. The scale 1/μ is folded into the last layer's
/// weights.
/// </summary>
public sealed class NetworkInverse : IGramInverse
{
    private readonly InferencePlan _plan;
    private readonly Shape _batch;

    /// <summary>Copies the network's weights into a plan for a grid.</summary>
    /// <exception cref="InputException">
    /// The grid has neither the network's channels nor does the network have one.
    /// </exception>
    public NetworkInverse(Device device, InverseNetwork network, double scale, Shape grid)
    {
        int channels = network.OuterWeights.Shape.N;
        if (channels != 1 && channels != grid.C)
        {
            throw new InputException(
                $"a learned inverse of {channels} channels cannot be applied to a measurement of {grid.C}: train one of 1 " +
                "channel, which can be applied to any count");
        }

        _batch = channels == 1 ? grid.ChannelsAsBatch : grid;
        float[] scales = [.. Enumerable.Repeat((float)scale, channels)];
        _plan = device.Compile(network.Trace(NetworkNode.Input(_batch)).ScaleShift(scales, new float[channels]));
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
