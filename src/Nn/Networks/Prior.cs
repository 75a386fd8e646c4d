using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Networks;

/// <summary>
/// A network that acts as the image prior, x = G(v, y, level), of an estimate v, the measurement y and a level that
/// states how far the iteration has come. <see cref="Forward"/> is used to train it and <see cref="Trace"/> to run it;
/// both take the same three operands and compute the same function, including any skip connection. A network may ignore
/// operands.
/// </summary>
public abstract class Prior : Module
{
    /// <summary>Both sides of an image must be multiples of this factor.</summary>
    public abstract int Factor { get; }

    /// <summary>Whether the network uses the measurement.</summary>
    public abstract bool IsConditional { get; }

    /// <summary>
    /// The shape of the level map for images of a given shape: one channel, and one value for each Factor × Factor
    /// pixels.
    /// </summary>
    public Shape LevelShape(Shape image) => image.Downsampled(Factor) with { C = 1 };

    /// <summary>Computes x as a value of the graph of the operands.</summary>
    /// <param name="v">The estimate, (N, C, H, W); x has the same shape.</param>
    /// <param name="y">The measurement.</param>
    /// <param name="level">The level map, of shape <see cref="LevelShape"/>.</param>
    /// <exception cref="ShapeException">A shape does not fit the network.</exception>
    public abstract Variable Forward(Variable v, Variable y, Variable level);

    /// <summary>
    /// The function of <see cref="Forward"/> in evaluation mode (<see cref="Module.Eval"/>) as a network description
    /// with a copy of the current weights. It does not contain inputs that the network ignores.
    /// </summary>
    /// <exception cref="ShapeException">A shape does not fit the network.</exception>
    public abstract NetworkNode Trace(NetworkNode v, NetworkNode y, NetworkNode level);

    /// <summary>Draws the initial weights for training.</summary>
    public virtual void Initialize(ulong seed) => HeNormal.Initialize(this, seed);
}
