using InfAdmm.Engine;

namespace InfAdmm.Nn.Optimizers;

/// <summary>Adam (Kingma and Ba, ICLR 2015, Algorithm 1) over an arena of parameters.</summary>
public sealed class Adam : IDisposable
{
    private readonly ParameterArena _arena;
    private readonly Tensor _firstMoment;
    private readonly Tensor _secondMoment;

    /// <summary>Creates the optimizer with moments of zero.</summary>
    /// <param name="arena">The parameters; the caller keeps owning them.</param>
    /// <param name="learningRate">Step size α.</param>
    public Adam(ParameterArena arena, float learningRate = 1e-3f)
    {
        _arena = arena;
        LearningRate = learningRate;
        _firstMoment = arena.Values.Device.AllocateZeros(arena.Values.Shape);
        _secondMoment = arena.Values.Device.AllocateZeros(arena.Values.Shape);
    }

    /// <summary>Step size α: may be changed between steps.</summary>
    public float LearningRate { get; set; }

    /// <summary>Decay of the first moment.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>Decay of the second moment.</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Added to the root of the second moment.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>The count of steps taken; with the moments, the whole state: set it to go on from a checkpoint.</summary>
    public int StepCount { get; set; }

    /// <summary>The mean of the gradients, element for element with the arena.</summary>
    public Tensor FirstMoment => _firstMoment;

    /// <summary>The mean of their squares.</summary>
    public Tensor SecondMoment => _secondMoment;

    /// <summary>Moves the parameters against the gradients that the arena holds, then sets those to zero.</summary>
    public void Step()
    {
        StepCount++;
        var spec = new AdamSpec(LearningRate, Beta1, Beta2, Epsilon, StepCount);
        _arena.Values.Device.AdamStep(_arena.Values, _arena.Gradients, _firstMoment, _secondMoment, spec);
        _arena.ZeroGradients();
    }

    /// <summary>Frees the moments.</summary>
    public void Dispose()
    {
        _firstMoment.Dispose();
        _secondMoment.Dispose();
    }
}
