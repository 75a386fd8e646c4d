using InfAdmm.Engine;
using InfAdmm.Engine.Inference;
using InfAdmm.Nn.Autograd;
using InfAdmm.Nn.Layers;

namespace InfAdmm.Nn.Networks;

/// <summary>
/// A network that is the prior of images, x = G(v, y, level): from an estimate v, what was measured, and how far the
/// iteration is. <see cref="Forward"/> trains it and <see cref="Trace"/> runs it; both take the same three operands and
/// are the same function, a skip connection included. A network that does not use an operand ignores it.
/// </summary>
public abstract class Prior : Module
{
    /// <summary>Both sides of an image must be multiples of it.</summary>
    public abstract int Factor { get; }

    /// <summary>
    /// The shape of the level for images: a map of one channel, each pixel for Factor × Factor of theirs.
    /// </summary>
    public Shape LevelShape(Shape image) => image.Downsampled(Factor) with { C = 1 };

    /// <summary>x as a value of a graph.</summary>
    /// <param name="v">The estimate; x has its shape.</param>
    /// <param name="y">The measurement.</param>
    /// <param name="level">A map of <see cref="LevelShape"/>.</param>
    /// <exception cref="ShapeException">A shape does not fit the network.</exception>
    public abstract Variable Forward(Variable v, Variable y, Variable level);

    /// <summary>
    /// The same function in use (<see cref="Module.Eval"/>) as a network value, with a copy of the current weights.
    /// Inputs that it ignores are no part of the value.
    /// </summary>
    /// <exception cref="ShapeException">A shape does not fit the network.</exception>
    public abstract NetworkNode Trace(NetworkNode v, NetworkNode y, NetworkNode level);

    /// <summary>Sets the weights that training starts from.</summary>
    public virtual void Initialize(ulong seed) => HeNormal.Initialize(this, seed);
}
