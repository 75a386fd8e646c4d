namespace InfAdmm.Engine;

/// <remarks>The optimizer.</remarks>
public abstract partial class Device
{
    /// <summary>
    /// One Adam step on all parameters at once (Kingma and Ba 2015, Algorithm 1). The four tensors have the same size;
    /// the gradient is read, the others are updated in place.
    /// </summary>
    public void AdamStep(Tensor parameters, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamSpec spec)
    {
        using UseGuard.Scope use = Use();
        CheckOwn(parameters, gradient, firstMoment);
        CheckOwn(secondMoment);
        CheckSameCount(parameters, gradient, nameof(AdamStep));
        CheckSameCount(parameters, firstMoment, nameof(AdamStep));
        CheckSameCount(parameters, secondMoment, nameof(AdamStep));
        AdamStepCore(parameters, gradient, firstMoment, secondMoment, spec);
    }
}
