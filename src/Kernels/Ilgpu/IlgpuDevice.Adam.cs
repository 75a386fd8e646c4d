using ILGPU;
using InfAdmm.Engine;

namespace InfAdmm.Kernels.Ilgpu;

/// <remarks>Adam for all parameters in one pass: 28 bytes per parameter, bound by memory.</remarks>
public sealed partial class IlgpuDevice
{
    /// <inheritdoc/>
    protected override void AdamStepCore(
        Tensor parameters, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamSpec spec)
    {
        double first = 1 - Math.Pow(spec.Beta1, spec.Step);
        double second = 1 - Math.Pow(spec.Beta2, spec.Step);
        Launch(AdamKernels.Step, Elements(parameters.Count), new AdamArguments(
            View(parameters), View(gradient), View(firstMoment), View(secondMoment), spec.Beta1, spec.Beta2,
            spec.Epsilon, (float)(spec.LearningRate / first), (float)(1 / second)));
    }
}

internal readonly record struct AdamArguments(
    ArrayView<float> Parameters, ArrayView<float> Gradient, ArrayView<float> First, ArrayView<float> Second,
    float Beta1, float Beta2, float Epsilon, float Rate, float SecondScale);

internal static class AdamKernels
{
    public static void Step(AdamArguments a)
    {
        ArrayView<float> parameters = a.Parameters;
        ArrayView<float> first = a.First;
        ArrayView<float> second = a.Second;
        for (int i = Grid.GlobalIndex.X; i < parameters.IntLength; i += Grid.DimX * Group.DimX)
        {
            float g = a.Gradient[i];
            float m = a.Beta1 * first[i] + (1 - a.Beta1) * g;
            float v = a.Beta2 * second[i] + (1 - a.Beta2) * g * g;
            first[i] = m;
            second[i] = v;
            parameters[i] -= a.Rate * m / (MathF.Sqrt(a.SecondScale * v) + a.Epsilon);
        }
    }
}
