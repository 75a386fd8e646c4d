using InfAdmm.Engine;

namespace InfAdmm.Kernels.Cpu;

/// <summary>Adam over all parameters in one pass: 28 bytes per parameter, bound by memory bandwidth.</summary>
internal sealed unsafe partial class CpuDevice<S, V>
{
    protected override void AdamStepCore(
        Tensor parameters, Tensor gradient, Tensor firstMoment, Tensor secondMoment, AdamSpec spec)
    {
        double correction1 = 1 - Math.Pow(spec.Beta1, spec.Step);
        double correction2 = 1 - Math.Pow(spec.Beta2, spec.Step);
        var job = new AdamJob(
            Pointer(parameters), Pointer(gradient), Pointer(firstMoment), Pointer(secondMoment), parameters.Count,
            spec.Beta1, spec.Beta2, spec.Epsilon, (float)(spec.LearningRate / correction1), (float)(1 / correction2));
        _pool.Run(job, PieceSizes.Count(parameters.Count));
    }

    private readonly struct AdamJob(
        float* parameters, float* gradient, float* first, float* second, int count,
        float beta1, float beta2, float epsilon, float rate, float secondScale) : IJob
    {
        public void Execute(int index, int worker)
        {
            int i = index * PieceSizes.Elements;
            int end = Math.Min(i + PieceSizes.Elements, count);
            for (; i <= end - S.Width; i += S.Width)
            {
                V g = S.Load(gradient + i);
                V m = S.Add(S.Multiply(S.Broadcast(beta1), S.Load(first + i)), S.Multiply(S.Broadcast(1 - beta1), g));
                V squares = S.Multiply(S.Multiply(S.Broadcast(1 - beta2), g), g);
                V v = S.Add(S.Multiply(S.Broadcast(beta2), S.Load(second + i)), squares);
                S.Store(first + i, m);
                S.Store(second + i, v);
                V root = S.Add(S.Sqrt(S.Multiply(S.Broadcast(secondScale), v)), S.Broadcast(epsilon));
                V step = S.Divide(S.Multiply(S.Broadcast(rate), m), root);
                S.Store(parameters + i, S.Subtract(S.Load(parameters + i), step));
            }

            for (; i < end; i++)
            {
                float g = gradient[i];
                first[i] = beta1 * first[i] + (1 - beta1) * g;
                second[i] = beta2 * second[i] + (1 - beta2) * g * g;
                parameters[i] -= rate * first[i] / (MathF.Sqrt(secondScale * second[i]) + epsilon);
            }
        }
    }
}
