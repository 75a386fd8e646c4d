using InfAdmm.Engine;

namespace InfAdmm.Nn.Optimizers;

/// <summary>Adam (Kingma and Ba, ICLR 2015, Algorithm 1) over an arena of parameters.</summary>
public sealed class Adam : IDisposable
{
    private readonly ParameterArena _arena;
    private readonly Tensor _firstMoment;
    private readonly Tensor _secondMoment;

    /// <summary>Creates the optimizer with moments 0.</summary>
    /// <param name="arena">The parameters. The caller keeps ownership.</param>
    /// <param name="learningRate">The step size α.</param>
    public Adam(ParameterArena arena, float learningRate = 1e-3f)
    {
        _arena = arena;
        LearningRate = learningRate;
        _firstMoment = arena.Values.Device.AllocateZeros(arena.Values.Shape);
        _secondMoment = arena.Values.Device.AllocateZeros(arena.Values.Shape);
    }

    /// <summary>The step size α. It may change between steps.</summary>
    public float LearningRate { get; set; }

    /// <summary>The decay rate β₁ of the first moment.</summary>
    public float Beta1 { get; init; } = 0.9f;

    /// <summary>The decay rate β₂ of the second moment.</summary>
    public float Beta2 { get; init; } = 0.999f;

    /// <summary>Added to the square root of the second moment.</summary>
    public float Epsilon { get; init; } = 1e-8f;

    /// <summary>
    /// The number of steps taken. With both moments it is the whole state: set it to continue from a checkpoint.
    /// </summary>
    public int StepCount { get; set; }

    /// <summary>The running mean of the gradients, in the order of the arena.</summary>
    public Tensor FirstMoment => _firstMoment;

    /// <summary>The running mean of the squared gradients, in the order of the arena.</summary>
    public Tensor SecondMoment => _secondMoment;

    /// <summary>Updates the parameters with the gradients of the arena, then sets the gradients to zero.</summary>
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
